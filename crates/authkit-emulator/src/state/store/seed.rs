//! The seeded state: three users and two organizations. Ada belongs to both, Grace to one, Alan to none.
//! Callers: a new state and the reset of the control interface. The password is public, so nothing outside
//! development may ever trust it.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};

use super::memberships::Memberships;
use super::memory::Memory;
use super::model::{Membership, Organization, Policy, User};
use super::refresh_tokens::RefreshTokens;
use super::sessions::Sessions;
use super::users::Users;
use crate::state::keys::KeyRing;
use crate::state::{password, random};

/// The password of every seeded user.
pub const SEEDED_PASSWORD: &str = "correct-horse-battery";

/// Email addresses of the seeded users: an admin of Acme who is also a member of Globex, a member of Acme, and a user
/// without organization.
pub const SEEDED_USERS: [&str; 3] = [ADA.email, GRACE.email, ALAN.email];

/// Hash of the seeded password, computed once per process: the password is public, so a shared salt reveals nothing.
/// The first call is slow; the store makes it.
pub fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| password::hash(SEEDED_PASSWORD))
}

const ACME: &str = "Acme";
const GLOBEX: &str = "Globex";

struct Person {
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    /// Organizations and roles; sign-in defaults to the first.
    places: &'static [(&'static str, &'static str)],
}

const ADA: Person = Person {
    email: "ada@example.com",
    first_name: "Ada",
    last_name: "Lovelace",
    places: &[(ACME, "admin"), (GLOBEX, "member")],
};
const GRACE: Person = Person {
    email: "grace@example.com",
    first_name: "Grace",
    last_name: "Hopper",
    places: &[(ACME, "member")],
};
const ALAN: Person = Person {
    email: "alan@example.com",
    first_name: "Alan",
    last_name: "Turing",
    places: &[],
};

impl Memory {
    /// A state with the seeded users. `password_hash` is the seeded password's.
    pub fn seeded(keys: KeyRing, password_hash: &str, now: Timestamp) -> Memory {
        // One millisecond apart, so that ids keep the order.
        let at = |position: i64| {
            now.saturating_add(SignedDuration::from_millis(position))
                .unwrap_or(now)
        };
        let organizations = (0_i64..).zip([ACME, GLOBEX]).map(|(position, name)| {
            (
                name,
                Organization {
                    id: random::id_at("org", at(position)),
                    name: name.to_owned(),
                    policy: Policy::Open,
                },
            )
        });
        let organizations = BTreeMap::from_iter(organizations);
        let mut users = Users::default();
        let mut memberships = Memberships::default();
        for (position, person) in (0_i64..).zip([ADA, GRACE, ALAN]) {
            let created = at(position);
            let user = User {
                id: random::id_at("user", created),
                email: person.email.to_owned(),
                email_verified: true,
                password_hash: password_hash.to_owned(),
                first_name: Some(person.first_name.to_owned()),
                last_name: Some(person.last_name.to_owned()),
                profile_picture_url: None,
                last_sign_in_at: None,
                created_at: created,
                updated_at: created,
            };
            for (place, (name, role)) in (0_i64..).zip(person.places) {
                let begins = at(position + place);
                let id = &organizations[name].id;
                memberships.insert(Membership::starting(begins, &user.id, id, role));
            }
            users.insert(user);
        }
        Memory {
            keys,
            users,
            organizations: organizations
                .into_values()
                .map(|organization| (organization.id.clone(), organization))
                .collect(),
            memberships,
            invitations: BTreeMap::new(),
            sessions: Sessions::default(),
            refresh_tokens: RefreshTokens::default(),
            browser_sessions: BTreeMap::new(),
            redirect_uris: Vec::new(),
            cors_origins: Vec::new(),
            codes: HashMap::new(),
            step_ups: HashMap::new(),
            tidy_from: 0,
        }
    }
}
