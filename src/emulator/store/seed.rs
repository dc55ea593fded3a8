//! Who is there on the first day: three people, and an organization that two of them belong to.
//! Callers: a fresh state and the control interface's reset. The password is documented, so nothing
//! may ever trust it outside development.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};

use super::memberships::Memberships;
use super::model::{Membership, Organization, State, User};
use super::refresh_tokens::RefreshTokens;
use super::sessions::Sessions;
use super::users::Users;
use crate::emulator::keys::KeyRing;
use crate::emulator::{password, random};

/// The password of every seeded user.
pub const SEEDED_PASSWORD: &str = "correct-horse-battery";

/// The seeded users' email addresses: an admin and a member of Acme, and one outside.
pub const SEEDED_USERS: [&str; 3] = [ADA.email, GRACE.email, ALAN.email];

/// The seeded password's hash, computed once for all emulators of a process: everybody knows the
/// password, so a shared salt gives nothing away. The first call is slow; the store makes it.
pub fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| password::hash(SEEDED_PASSWORD))
}

struct Person {
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    /// In Acme.
    role: Option<&'static str>,
}

const ADA: Person = Person {
    email: "ada@example.com",
    first_name: "Ada",
    last_name: "Lovelace",
    role: Some("admin"),
};
const GRACE: Person = Person {
    email: "grace@example.com",
    first_name: "Grace",
    last_name: "Hopper",
    role: Some("member"),
};
const ALAN: Person = Person {
    email: "alan@example.com",
    first_name: "Alan",
    last_name: "Turing",
    role: None,
};

impl State {
    /// A state with the seeded users. `password_hash` is the seeded password's.
    pub fn seeded(keys: KeyRing, password_hash: &str, now: Timestamp) -> State {
        let acme = Organization {
            id: random::id_at("org", now),
            name: "Acme".to_owned(),
        };
        let mut users = Users::default();
        let mut memberships = Memberships::default();
        for (position, person) in (0_i64..).zip([ADA, GRACE, ALAN]) {
            // One millisecond apart, so that their ids keep this order.
            let created = now
                .saturating_add(SignedDuration::from_millis(position))
                .unwrap_or(now);
            let user = User {
                id: random::id_at("user", created),
                email: person.email.to_owned(),
                password_hash: password_hash.to_owned(),
                first_name: Some(person.first_name.to_owned()),
                last_name: Some(person.last_name.to_owned()),
                last_sign_in_at: None,
                created_at: created,
                updated_at: created,
            };
            if let Some(role) = person.role {
                memberships.insert(Membership {
                    user_id: user.id.clone(),
                    organization_id: acme.id.clone(),
                    role: role.to_owned(),
                });
            }
            users.insert(user);
        }
        State {
            keys,
            users,
            organizations: BTreeMap::from([(acme.id.clone(), acme)]),
            memberships,
            invitations: BTreeMap::new(),
            sessions: Sessions::default(),
            refresh_tokens: RefreshTokens::default(),
            browser_sessions: BTreeMap::new(),
            codes: HashMap::new(),
            tidy_from: 0,
        }
    }
}
