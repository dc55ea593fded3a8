//! A user as an operator names one, by id or by e-mail address, and their sessions at WorkOS.
//!
//! Used by `sessions` and `revoke`. What is neither an id nor an address is refused unread: it may be a token in the wrong
//! place.

use crate::{
    account::Account,
    obstacle::{Obstacle, obstacle},
};
use authkit_leptos::server::{
    token::shown,
    workos::{Failure, SessionPage},
};
use std::str::FromStr;
use workos::UserSessionsListItem;

/// Pages of sessions that are followed, of a hundred each.
const PAGES: u32 = 10;

/// A user's id or e-mail address.
#[derive(Clone, Debug)]
pub enum UserName {
    /// `user_…`
    Id(String),
    /// An address.
    Email(String),
}

/// The text names no user.
#[derive(Debug, thiserror::Error)]
#[error("neither the id of a user (user_…) nor an e-mail address")]
pub struct NotAUser;

impl FromStr for UserName {
    type Err = NotAUser;

    fn from_str(text: &str) -> Result<Self, NotAUser> {
        let text = text.trim();
        if is_id(text, "user_") {
            return Ok(Self::Id(text.to_owned()));
        }
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() => {
                Ok(Self::Email(text.to_owned()))
            }
            _ => Err(NotAUser),
        }
    }
}

/// Whether a text is an id of this kind.
pub fn is_id(text: &str, prefix: &str) -> bool {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    (1..=64).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_alphanumeric())
}

/// A user with their sessions.
pub struct UserSessions {
    pub id: String,
    pub email: String,
    /// The newest first.
    pub sessions: Vec<UserSessionsListItem>,
    /// Whether there are more than were asked for.
    pub has_more: bool,
}

impl UserSessions {
    /// The user's sessions, as WorkOS lists them.
    pub async fn find(name: &UserName, account: &Account) -> Result<Self, Obstacle> {
        let (id, email) = find_user(name, account).await?;
        let mut sessions = Vec::new();
        let mut next = None;
        for _ in 0..PAGES {
            let page = account.workos.sessions(&id, next.as_deref()).await;
            let page: SessionPage = page.map_err(|failure| match failure {
                // Deleted since it was looked up.
                Failure::Declined { status: 404 } => nobody(&id),
                failure => account.obstacle(failure, "list sessions"),
            })?;
            sessions.extend(page.sessions);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(Self {
            id,
            email,
            sessions,
            has_more: next.is_some(),
        })
    }
}

/// Id and address of the user.
async fn find_user(name: &UserName, account: &Account) -> Result<(String, String), Obstacle> {
    let unanswered = |failure| account.obstacle(failure, "read users");
    let (named, users) = match name {
        UserName::Id(id) => {
            let user = account.workos.user(id).await.map_err(unanswered)?;
            (id, Vec::from_iter(user))
        }
        UserName::Email(email) => {
            let users = account.workos.users_with_email(email).await;
            (email, users.map_err(unanswered)?)
        }
    };
    match <[_; 1]>::try_from(users) {
        Ok([found]) => Ok((found.user.id, found.user.email)),
        Err(users) if users.is_empty() => Err(nobody(named)),
        Err(_) => Err(obstacle(
            format!("several users of WorkOS have {}", shown(named)),
            "name one of them by id",
        )),
    }
}

fn nobody(named: &str) -> Obstacle {
    obstacle(
        format!("WorkOS has no user {}", shown(named)),
        "check the spelling, and that WORKOS_API_KEY is of the environment the user is in",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_or_a_token_names_no_user() {
        for text in [
            "user_",
            "user_1;",
            "sk_test_secret",
            "eyJhbGciOi.eyJzdWIi.c2ln",
            "@",
            "ada@",
        ] {
            assert!(text.parse::<UserName>().is_err(), "{text}");
        }
        assert!(matches!(" user_01AB ".parse(), Ok(UserName::Id(id)) if id == "user_01AB"));
        assert!(matches!("a@b.c".parse(), Ok(UserName::Email(_))));
    }
}
