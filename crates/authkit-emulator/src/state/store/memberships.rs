//! Memberships, indexed by user. Caller: the state.
//! A user's memberships keep the order in which they were added: sign-in defaults to the first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::model::Membership;

/// Memberships by user; one list in the state file.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<Membership>")]
pub struct Memberships {
    by_user: BTreeMap<String, Vec<Membership>>,
}

impl Memberships {
    /// A user's memberships, oldest first.
    pub fn of(&self, user_id: &str) -> &[Membership] {
        self.by_user.get(user_id).map_or(&[], Vec::as_slice)
    }

    /// A user's membership in an organization.
    pub fn get(&self, user_id: &str, organization_id: &str) -> Option<&Membership> {
        self.of(user_id)
            .iter()
            .find(|membership| membership.organization_id == organization_id)
    }

    /// All memberships.
    pub fn iter(&self) -> impl Iterator<Item = &Membership> {
        self.by_user.values().flatten()
    }

    /// Adds a membership. The caller checks for an existing one.
    pub fn insert(&mut self, membership: Membership) {
        let theirs = self.by_user.entry(membership.user_id.clone()).or_default();
        theirs.push(membership);
    }

    /// A user's membership in an organization, for changes.
    pub fn get_mut(&mut self, user_id: &str, organization_id: &str) -> Option<&mut Membership> {
        let theirs = self.by_user.get_mut(user_id)?;
        theirs
            .iter_mut()
            .find(|membership| membership.organization_id == organization_id)
    }

    /// Removes a user from one organization and returns the membership.
    pub fn remove(&mut self, user_id: &str, organization_id: &str) -> Option<Membership> {
        let theirs = self.by_user.get_mut(user_id)?;
        let index = theirs
            .iter()
            .position(|membership| membership.organization_id == organization_id)?;
        Some(theirs.remove(index))
    }

    /// Removes a user from all organizations.
    pub fn remove_all_of(&mut self, user_id: &str) {
        self.by_user.remove(user_id);
    }
}

impl From<Vec<Membership>> for Memberships {
    fn from(list: Vec<Membership>) -> Memberships {
        let mut memberships = Memberships::default();
        for membership in list {
            memberships.insert(membership);
        }
        memberships
    }
}

impl Serialize for Memberships {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
