//! A seed put into a state: into a new one, and into a kept one when its file was edited. Callers: the start and the reset
//! of the control interface. It adds and changes what the file names, and removes nothing: users of a kept state stay.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::memberships::Memberships;
use super::memory::Memory;
use super::model::{Membership, Organization, User};
use super::refresh_tokens::RefreshTokens;
use super::rights::{DEFAULT_ROLE, FeatureFlag, Role};
use super::sessions::Sessions;
use super::users::Users;
use crate::state::keys::KeyRing;
use crate::state::random;
use crate::state::seed::Seed;
use crate::state::seed::content::{SeededFlag, SeededMembership, SeededOrganization, SeededUser};

impl Memory {
    /// A state without users.
    pub fn empty(keys: KeyRing) -> Memory {
        Memory {
            keys,
            seed: String::new(),
            users: Users::default(),
            organizations: BTreeMap::new(),
            memberships: Memberships::default(),
            roles: BTreeMap::new(),
            feature_flags: BTreeMap::new(),
            invitations: BTreeMap::new(),
            sessions: Sessions::default(),
            refresh_tokens: RefreshTokens::default(),
            browser_sessions: BTreeMap::new(),
            jwt_template: None,
            redirect_uris: Vec::new(),
            cors_origins: Vec::new(),
            codes: HashMap::new(),
            step_ups: HashMap::new(),
            tidy_from: 0,
        }
    }

    /// Applies a seed, unless it was applied before. `password_hash` is the seeded password's, for users that are new.
    pub fn apply(&mut self, seed: &Seed, password_hash: &str, now: Timestamp) {
        if self.seed == seed.fingerprint {
            return;
        }
        // One millisecond apart, so that ids keep the order.
        let mut moments = (0_i64..).map(|passed| {
            let passed = SignedDuration::from_millis(passed);
            now.saturating_add(passed).unwrap_or(now)
        });
        let mut next = || moments.next().unwrap_or(now);
        for role in &seed.content.roles {
            let slug = role.slug.get_ref();
            self.define_role(next(), slug, texts(&role.permissions));
        }
        let default = || Role::starting(now, DEFAULT_ROLE, Vec::new());
        let roles = self.roles.entry(DEFAULT_ROLE.to_owned());
        roles.or_insert_with(default);
        for organization in &seed.content.organizations {
            self.seed_organization(organization, next());
        }
        for user in &seed.content.users {
            let id = self.seed_user(user, password_hash, next());
            for membership in &user.memberships {
                self.seed_membership(&id, membership, next());
            }
        }
        for flag in &seed.content.feature_flags {
            self.seed_flag(flag, next());
        }
        if let Some(template) = &seed.content.jwt_template {
            let content = template.content.get_ref().clone();
            self.set_jwt_template(next(), content);
        }
        self.seed.clone_from(&seed.fingerprint);
    }

    fn seed_organization(&mut self, seeded: &SeededOrganization, now: Timestamp) {
        let name = seeded.name.get_ref();
        let known = self.organization_named(name).cloned();
        let mut organization = known.unwrap_or_else(|| Organization::starting(now, name.clone()));
        organization.external_id.clone_from(&seeded.external_id);
        organization.metadata.clone_from(&seeded.metadata);
        organization.policy = seeded.policy;
        organization.entitlements = texts(&seeded.entitlements);
        self.organizations
            .insert(organization.id.clone(), organization);
    }

    /// Gives the user's id.
    fn seed_user(&mut self, seeded: &SeededUser, password_hash: &str, now: Timestamp) -> String {
        let email = seeded.email();
        let known = self.users.by_email(&email).cloned();
        let mut user = known.unwrap_or_else(|| User {
            id: random::id_at("user", now),
            email,
            email_verified: true,
            password_hash: password_hash.to_owned(),
            first_name: None,
            last_name: None,
            profile_picture_url: None,
            external_id: None,
            metadata: BTreeMap::new(),
            oauth_provider: None,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        });
        user.first_name.clone_from(&seeded.first_name);
        user.last_name.clone_from(&seeded.last_name);
        user.external_id.clone_from(&seeded.external_id);
        user.metadata.clone_from(&seeded.metadata);
        user.oauth_provider = seeded.oauth_provider;
        let id = user.id.clone();
        self.users.insert(user);
        id
    }

    fn seed_membership(&mut self, user_id: &str, seeded: &SeededMembership, now: Timestamp) {
        // The seed was checked: it has the organization.
        let Some(organization) = self.organization_named(seeded.organization.get_ref()) else {
            return;
        };
        let organization_id = organization.id.clone();
        let role = seeded.role.get_ref();
        let mut new = Membership::starting(now, user_id, &organization_id, role);
        new.other_roles = texts(&seeded.other_roles);
        match self.memberships.get_mut(user_id, &organization_id) {
            Some(known) => {
                known.role = new.role;
                known.other_roles = new.other_roles;
            }
            None => self.memberships.insert(new),
        }
    }

    fn seed_flag(&mut self, seeded: &SeededFlag, now: Timestamp) {
        let slug = seeded.slug.get_ref();
        let known = self.feature_flags.get(slug).cloned();
        let mut flag = known.unwrap_or_else(|| FeatureFlag::starting(now, slug));
        flag.name = seeded.name.clone().unwrap_or_else(|| slug.clone());
        flag.enabled = seeded.enabled;
        flag.default_value = seeded.default;
        let users = seeded.users.iter();
        let users = users.filter_map(|email| self.users.by_email(email.get_ref()));
        flag.users = users.map(|user| (user.id.clone(), true)).collect();
        let organizations = seeded.organizations.iter();
        let organizations = organizations.filter_map(|it| self.organization_named(it.get_ref()));
        flag.organizations = organizations.map(|it| (it.id.clone(), true)).collect();
        flag.updated_at = now;
        self.feature_flags.insert(slug.clone(), flag);
    }
}

fn texts(spanned: &[Spanned<String>]) -> Vec<String> {
    spanned.iter().map(|it| it.get_ref().clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_applied_once_and_an_edited_one_changes_what_it_names() {
        let now = Timestamp::UNIX_EPOCH;
        let mut state = Memory::empty(KeyRing::generate(now).unwrap());
        let mut seed = Seed::read(None).unwrap();
        state.apply(&seed, "hash", now);
        let ids: Vec<String> = state.users.iter().map(|user| user.id.clone()).collect();
        assert_eq!(ids.len(), 3);
        let acme = state.organization_named("Acme").unwrap().id.clone();
        let ada = &state.users.by_email("ada@example.com").unwrap().id.clone();
        assert_eq!(state.default_organization(ada), Some(acme.as_str()));
        state.memberships.get_mut(ada, &acme).unwrap().role = "member".to_owned();
        state.apply(&seed, "hash", now);
        assert_eq!(state.membership(ada, &acme).unwrap().role, "member");
        seed.fingerprint = "another".to_owned();
        state.apply(&seed, "hash", now);
        assert_eq!(state.membership(ada, &acme).unwrap().role, "admin");
        let again: Vec<String> = state.users.iter().map(|user| user.id.clone()).collect();
        assert_eq!(again, ids);
    }
}
