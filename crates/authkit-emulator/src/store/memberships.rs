//! Who belongs where, found by user. Caller: the state.
//! A user's memberships keep the order in which they joined: the first is where they sign in to.

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
    /// A user's, the first joined first.
    pub fn of(&self, user_id: &str) -> &[Membership] {
        self.by_user.get(user_id).map_or(&[], Vec::as_slice)
    }

    /// A user's place in an organization.
    pub fn get(&self, user_id: &str, organization_id: &str) -> Option<&Membership> {
        self.of(user_id)
            .iter()
            .find(|membership| membership.organization_id == organization_id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Membership> {
        self.by_user.values().flatten()
    }

    /// Adds one. Whether the user has it already is the caller's question.
    pub fn insert(&mut self, membership: Membership) {
        let theirs = self.by_user.entry(membership.user_id.clone()).or_default();
        theirs.push(membership);
    }

    /// A user's place in an organization, to change it.
    pub fn get_mut(&mut self, user_id: &str, organization_id: &str) -> Option<&mut Membership> {
        let theirs = self.by_user.get_mut(user_id)?;
        theirs
            .iter_mut()
            .find(|membership| membership.organization_id == organization_id)
    }

    /// Takes a user out of one organization. Gives what they had there.
    pub fn remove(&mut self, user_id: &str, organization_id: &str) -> Option<Membership> {
        let theirs = self.by_user.get_mut(user_id)?;
        let index = theirs
            .iter()
            .position(|membership| membership.organization_id == organization_id)?;
        Some(theirs.remove(index))
    }

    /// Takes a user out of all organizations.
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
