//! What has changed since tokens were issued that are still valid: a session has moved to another
//! organization, or what somebody may do is something else now.
//!
//! Told by the switch of organizations and by WorkOS's webhooks, in this process and, through the ledger, in
//! all others. Asked by the layer on every request, so it is in memory. Never ends a session.

use super::{
    AuthKit, Inner,
    caller::UserIdentity,
    expiring::{self, Expiring},
    ledger::{About, Change, LedgerError},
    revoked,
    token::Claims,
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

/// How long a request may have been under way that opens a stream.
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

impl Said for UserIdentity {
    fn session_id(&self) -> Option<&str> {
        Self::session_id(self)
    }

    fn user_id(&self) -> &str {
        &self.subject
    }

    fn organization_id(&self) -> Option<&str> {
        Self::organization_id(self)
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        let role = self.claim("role").and_then(Value::as_str);
        // Another provider's roles are not WorkOS's.
        role_and_roles(role, self.claim("roles")).filter(|_| self.is_authkit)
    }

    fn issued_at(&self) -> u64 {
        Self::issued_at(self)
    }
}

/// The claim `role`, and those in the list `roles`. What is no list of texts is none.
fn role_and_roles<'a>(
    role: Option<&'a str>,
    roles: Option<&'a Value>,
) -> impl Iterator<Item = &'a str> {
    let listed = roles.and_then(Value::as_array).into_iter().flatten();
    role.into_iter().chain(listed.filter_map(Value::as_str))
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

    /// Whether a token says of its session that it is where it is no more.
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

impl AuthKit {
    /// Ends the streams of a session that were opened in another organization than the one it is in now: here
    /// at once, and elsewhere once this returns. The session itself goes on, so requests are not concerned.
    /// `issued_at` is that of its first token there. Called in a task that no browser can end by hanging up.
    pub(super) async fn moved(
        &self,
        session_id: &str,
        organization_id: Option<&str>,
        issued_at: u64,
    ) {
        let change = self.change(About::Session, session_id, organization_id, issued_at);
        // Waited for, so that one move is recorded before the next can be made.
        if self.note_change(&change).await.is_err() {
            let inner = &self.inner;
            let (ledger, clock) = (inner.ledger.clone(), inner.clock.clone());
            inner.tasks.spawn(revoked::again_and_again(move || {
                let (ledger, change, now) = (ledger.clone(), change.clone(), clock.now());
                async move { ledger.record_change(&change, now).await }
            }));
        }
    }

    /// From now on tokens that were issued up to `issued_until` have to be renewed before they count: what
    /// this user may do, or what this role allows, is something else. Returns when other processes are told.
    pub(super) async fn rights_changed(
        &self,
        about: About,
        id: &str,
        issued_until: u64,
    ) -> Result<(), LedgerError> {
        let change = self.change(about, id, None, issued_until);
        self.note_change(&change).await
    }

    fn change(
        &self,
        about: About,
        id: &str,
        organization_id: Option<&str>,
        issued_until: u64,
    ) -> Change {
        let inner = &self.inner;
        let keep_until = inner.revoked.tokens_expire_by(inner.clock.now());
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Change {
            about,
            id: id.to_owned(),
            organization_id: organization_id.map(str::to_owned),
            issued_until: number(issued_until),
            changed_at: jiff::Timestamp::now().as_millisecond(),
            keep_until: number(keep_until),
        }
    }

    async fn note_change(&self, change: &Change) -> Result<(), LedgerError> {
        let Inner { ledger, clock, .. } = &*self.inner;
        self.inner.accept_change(change);
        ledger.record_change(change, clock.now()).await
    }
}

impl Inner {
    /// Learns of a change, and tells those whom it concerns.
    pub(super) fn accept_change(&self, change: &Change) {
        if self.changes.accept(change, self.clock.now()) {
            self.watchers.tell(change);
        }
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

    #[test]
    fn roles_of_another_provider_are_no_roles_here() {
        let claims = json!({"iss": "https://i", "sub": "s", "role": "admin", "roles": ["editor"]});
        let mut caller: UserIdentity = serde_json::from_value(claims).unwrap();
        assert_eq!(caller.roles().count(), 0);
        caller.is_authkit = true;
        assert_eq!(caller.roles().collect::<Vec<_>>(), ["admin", "editor"]);
    }
}
