//! The table `users`: one row for each user, kept current with WorkOS. Older news never overwrites newer.

use super::Person;
use crate::{authkit::server::UserIdentity, live::server::Write};

/// The topic of who users are: their names and pictures.
pub const USERS: &str = "users";

/// Makes sure that the caller, a user of AuthKit, has a row; what WorkOS says of them is newer than what a
/// session says.
///
/// # Errors
/// The database's own.
pub async fn remember(user: &UserIdentity, write: &mut Write) -> Result<Person, sqlx::Error> {
    sqlx::query(
        "INSERT INTO users (id, email, first_name, last_name, profile_picture_url, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&user.subject)
    .bind(&user.email)
    .bind(&user.given_name)
    .bind(&user.family_name)
    .bind(&user.picture)
    .execute(&mut **write)
    .await?;
    let (first_name, last_name, picture): (Option<String>, Option<String>, Option<String>) =
        sqlx::query_as(
            "SELECT first_name, last_name, profile_picture_url FROM users WHERE id = $1",
        )
        .bind(&user.subject)
        .fetch_one(&mut **write)
        .await?;
    Ok(Person::new(
        user.subject.clone(),
        first_name,
        last_name,
        picture,
    ))
}
