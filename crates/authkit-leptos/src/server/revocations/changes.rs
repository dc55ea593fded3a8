//! What has changed since tokens were issued that have not expired: a session has moved to another organization, or a
//! user's or a role's rights are different.
//!
//! Filled by [`Revocations`](super::Revocations), asked on every request. In memory only, and never ends a session.

use super::expiring::{self, Expiring};
use crate::server::{
    ledger::{About, Change},
    token::{Claims, texts},
};
use moka::{
    ops::compute::{CompResult, Op},
    sync::Cache,
};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a request that opens a stream may take until the stream is watched.
const CROSSING: Duration = Duration::from_secs(5);

/// Changes of sessions, users and roles.
pub struct Changes {
    known: Cache<(About, String), Expiring<Heard>>,
}

#[derive(Clone)]
struct Heard {
    change: Arc<Change>,
    at: Instant,
}

/// What a token says of its holder, as far as that can change before it expires.
pub trait Said {
    /// `sid`.
    fn session_id(&self) -> Option<&str>;
    /// `sub`.
    fn user_id(&self) -> &str;
    /// `org_id`.
    fn organization_id(&self) -> Option<&str>;
    /// `role` and `roles`.
    fn roles(&self) -> impl Iterator<Item = &str>;
    /// `iat`, in seconds since the epoch.
    fn issued_at(&self) -> u64;
}

impl Said for Claims {
    fn session_id(&self) -> Option<&str> {
        Some(self.sid())
    }

    fn user_id(&self) -> &str {
        self.sub()
    }

    fn organization_id(&self) -> Option<&str> {
        self.org_id()
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        role_and_roles(self.role(), self.all().get("roles"))
    }

    fn issued_at(&self) -> u64 {
        self.iat().unwrap_or(0)
    }
}

/// The claim `role`, and the texts in the list `roles`. Values of other types are left out.
pub fn role_and_roles<'a>(
    role: Option<&'a str>,
    roles: Option<&'a Value>,
) -> impl Iterator<Item = &'a str> {
    role.into_iter().chain(texts(roles))
}

impl Change {
    fn issued_until(&self) -> u64 {
        u64::try_from(self.issued_until).unwrap_or(0)
    }

    /// Whether a token that says this may be from before the session came to where it is now.
    pub fn has_left(&self, issued_at: u64, organization_id: Option<&str>) -> bool {
        issued_at <= self.issued_until() && organization_id != self.organization_id.as_deref()
    }

    /// Whether a token that was issued then may be from before its holder's rights changed.
    pub fn is_before(&self, issued_at: u64) -> bool {
        issued_at <= self.issued_until()
    }
}

impl Changes {
    /// None known yet.
    pub fn new() -> Self {
        let known = expiring::cache();
        Self { known }
    }

    /// Whether this was news: not known, nor anything later about the same.
    pub fn accept(&self, change: &Change, now: u64) -> bool {
        let until = u64::try_from(change.keep_until).unwrap_or(0);
        let entry = self.known.entry((change.about, change.id.clone()));
        let stored = entry.and_compute_with(|known| match known {
            Some(known) if !change.is_later_than(&known.value().value.change) => Op::Nop,
            _ => {
                let heard = Heard {
                    change: Arc::new(change.clone()),
                    at: Instant::now(),
                };
                Op::Put(Expiring::new(heard, until, now))
            }
        });
        matches!(
            stored,
            CompResult::Inserted(_) | CompResult::ReplacedWith(_)
        )
    }

    fn about(&self, about: About, id: &str) -> Option<Heard> {
        let known = self.known.get(&(about, id.to_owned()))?;
        Some(known.value)
    }

    fn of_rights(&self, said: &impl Said) -> impl Iterator<Item = Heard> {
        let user = self.about(About::User, said.user_id());
        let roles = said
            .roles()
            .filter_map(|role| self.about(About::Role, role));
        user.into_iter().chain(roles)
    }

    /// Whether a token may be from before its holder's rights changed.
    pub fn concern_rights_of(&self, said: &impl Said) -> bool {
        self.of_rights(said)
            .any(|heard| heard.change.is_before(said.issued_at()))
    }

    /// Whether a token names an organization that its session has left.
    pub fn say_that_it_has_left(&self, said: &impl Said) -> bool {
        let moved = said
            .session_id()
            .and_then(|id| self.about(About::Session, id));
        moved.is_some_and(|heard| {
            let organization_id = said.organization_id();
            heard.change.has_left(said.issued_at(), organization_id)
        })
    }

    /// Whether rights changed while the request was under way that brought this token: the layer did not know
    /// yet. Without those of the same second, which may be from after the change.
    pub fn have_just_concerned_rights_of(&self, said: &impl Said) -> bool {
        self.of_rights(said).any(|heard| {
            heard.at.elapsed() < CROSSING && said.issued_at() < heard.change.issued_until()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_000;

    fn change(about: About, id: &str, issued_until: i64, changed_at: i64) -> Change {
        Change {
            about,
            id: id.to_owned(),
            organization_id: None,
            issued_until,
            changed_at,
            keep_until: 2_000,
        }
    }

    fn moved(to: &str, issued_until: i64, changed_at: i64) -> Change {
        Change {
            organization_id: Some(to.to_owned()),
            ..change(About::Session, "session_1", issued_until, changed_at)
        }
    }

    fn token(organization_id: &str, iat: u64) -> Claims {
        let claims = json!({
            "iss": "https://i", "sub": "user_1", "sid": "session_1", "exp": 2_000, "iat": iat,
            "org_id": organization_id, "role": "admin", "roles": ["admin", "editor"],
        });
        Claims::new(claims.as_object().unwrap().clone()).unwrap()
    }

    #[test]
    fn news_of_moves_counts_the_same_in_whatever_order_it_comes_and_twice() {
        let in_order = [
            moved("org_b", 500, 1),
            moved("org_a", 500, 2),
            moved("org_b", 600, 3),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
            let changes = Changes::new();
            for index in order.into_iter().chain(order) {
                changes.accept(&in_order[index], NOW);
            }
            let has_left =
                |organization_id, iat| changes.say_that_it_has_left(&token(organization_id, iat));
            assert!(
                has_left("org_a", 500) && has_left("org_a", 600),
                "{order:?}"
            );
            assert!(!has_left("org_b", 500), "{order:?}: it is there");
            assert!(!has_left("org_a", 601), "{order:?}: it has moved again");
        }
    }

    #[test]
    fn rights_of_a_user_and_of_each_of_their_roles_count() {
        for (about, id) in [
            (About::User, "user_1"),
            (About::Role, "admin"),
            (About::Role, "editor"),
        ] {
            let changes = Changes::new();
            assert!(changes.accept(&change(about, id, 700, 1), NOW));
            assert!(!changes.accept(&change(about, id, 700, 1), NOW), "no news");
            for (iat, concerns) in [(699, true), (700, true), (701, false)] {
                let token = token("org_a", iat);
                assert_eq!(changes.concern_rights_of(&token), concerns, "{id} {iat}");
            }
            // Of the same second may be the token that was granted because of it.
            assert!(changes.have_just_concerned_rights_of(&token("org_a", 699)));
            assert!(!changes.have_just_concerned_rights_of(&token("org_a", 700)));
        }
        let changes = Changes::new();
        changes.accept(&change(About::Role, "user_1", 700, 1), NOW);
        changes.accept(&change(About::User, "admin", 700, 1), NOW);
        changes.accept(&change(About::Role, "viewer", 700, 1), NOW);
        assert!(!changes.concern_rights_of(&token("org_a", 1)));
    }
}
