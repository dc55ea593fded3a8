//! Updates of the table `users`. The rules are in the SQL, so that they hold for concurrent writers.
//!
//! Sign-ins and webhooks call [`follow`]; the rest is called inside a transaction. Never restores the profile of a
//! deleted user.

use authkit_leptos::{
    names,
    server::{UserEvent, UserIdentity, UserSnapshot},
};
use authkit_live::server::{Store, StoreError, Write};
use jiff::Timestamp;

/// The topic of the names and pictures of users.
pub const USERS: &str = "users";

/// Effect of an update on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The row is new.
    Added,
    /// The row was older.
    Changed,
    /// The row was as new or newer, or its user is deleted.
    Unchanged,
}

/// The columns of a row that describe the user.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Profile {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    profile_picture_url: Option<String>,
}

impl Profile {
    fn of(snapshot: &UserSnapshot) -> Self {
        let user = snapshot.user.clone();
        Self {
            email: Some(user.email),
            first_name: user.first_name,
            last_name: user.last_name,
            profile_picture_url: user.profile_picture_url,
        }
        .storable()
    }

    /// Without NUL, which PostgreSQL refuses in text.
    fn storable(self) -> Self {
        let clean = |text: Option<String>| text.map(|text| text.replace('\0', ""));
        Self {
            email: clean(self.email),
            first_name: clean(self.first_name),
            last_name: clean(self.last_name),
            profile_picture_url: clean(self.profile_picture_url),
        }
    }

    /// What pages show: the name and the picture, never the e-mail address.
    fn shown(&self) -> (Option<String>, Option<&str>) {
        let name = names::full(self.first_name.as_deref(), self.last_name.as_deref());
        (name, self.profile_picture_url.as_deref())
    }

    /// Adds the row. False if there is one.
    async fn insert(
        &self,
        id: &str,
        updated_at: i64,
        write: &mut Write,
    ) -> Result<bool, sqlx::Error> {
        let added = sqlx::query(
            "INSERT INTO users (id, email, first_name, last_name, profile_picture_url, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(&self.email)
        .bind(&self.first_name)
        .bind(&self.last_name)
        .bind(&self.profile_picture_url)
        .bind(updated_at)
        .execute(&mut **write)
        .await?;
        Ok(added.rows_affected() == 1)
    }
}

/// Applies an event to the row of its user.
///
/// # Errors
/// The database's own. The row is unchanged then.
pub async fn follow(event: UserEvent, store: &Store) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    match event {
        UserEvent::SignedIn(user) | UserEvent::Created(user) | UserEvent::Updated(user) => {
            keep(&user, &mut write).await?
        }
        UserEvent::Deleted { user_id } => remove(&user_id, &mut write).await?,
        // What a later version of the library tells does not concern a row.
        _ => Noted::Unchanged,
    };
    write.commit().await?;
    Ok(())
}

/// Updates the row of a user to a snapshot, unless the row is newer.
///
/// # Errors
/// The database's own.
pub async fn keep(snapshot: &UserSnapshot, write: &mut Write) -> Result<Noted, sqlx::Error> {
    let (id, updated_at) = (&snapshot.user.id, snapshot.updated_at);
    let profile = Profile::of(snapshot);
    if profile.insert(id, updated_at, write).await? {
        return Ok(Noted::Added);
    }
    // The update locks the row, so what it returns stays true until the commit.
    let before: Option<Profile> = sqlx::query_as(
        "UPDATE users SET updated_at = $2 \
         WHERE id = $1 AND updated_at < $2 AND deleted_at IS NULL \
         RETURNING email, first_name, last_name, profile_picture_url",
    )
    .bind(id)
    .bind(updated_at)
    .fetch_optional(&mut **write)
    .await?;
    let Some(before) = before else {
        return Ok(Noted::Unchanged);
    };
    if before != profile {
        sqlx::query(
            "UPDATE users SET email = $2, first_name = $3, last_name = $4, profile_picture_url = $5 \
             WHERE id = $1",
        )
        .bind(id)
        .bind(&profile.email)
        .bind(&profile.first_name)
        .bind(&profile.last_name)
        .bind(&profile.profile_picture_url)
        .execute(&mut **write)
        .await?;
    }
    if before.shown() != profile.shown() {
        write.changed(USERS);
    }
    Ok(Noted::Changed)
}

/// Erases the profile of a deleted user. The row stays: other tables refer to it, and it keeps late events from
/// restoring the user.
///
/// # Errors
/// The database's own.
pub async fn remove(id: &str, write: &mut Write) -> Result<Noted, sqlx::Error> {
    let now = Timestamp::now().as_millisecond();
    let added = sqlx::query(
        "INSERT INTO users (id, updated_at, deleted_at) VALUES ($1, 0, $2) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(now)
    .execute(&mut **write)
    .await?;
    if added.rows_affected() == 1 {
        return Ok(Noted::Added);
    }
    let erased = sqlx::query(
        "UPDATE users SET email = NULL, first_name = NULL, last_name = NULL, \
                profile_picture_url = NULL, updated_at = 0, deleted_at = $2 \
         WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .execute(&mut **write)
    .await?;
    if erased.rows_affected() == 0 {
        return Ok(Noted::Unchanged);
    }
    write.changed(USERS);
    Ok(Noted::Changed)
}

/// Adds a row for the caller, a user of AuthKit, unless there is one. Any snapshot of WorkOS counts as newer than the
/// claims of a session.
///
/// # Errors
/// The database's own.
pub async fn remember(user: &UserIdentity, write: &mut Write) -> Result<(), sqlx::Error> {
    let said = Profile {
        email: user.email.clone(),
        first_name: user.given_name.clone(),
        last_name: user.family_name.clone(),
        profile_picture_url: user.picture.clone(),
    };
    said.storable()
        .insert(&user.subject, 0, write)
        .await
        .map(drop)
}
