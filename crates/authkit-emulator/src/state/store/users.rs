//! Users, indexed by id and by email address. Caller: the state.
//! Both indexes must always agree, so the maps change in this file only.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize, Serializer};

use super::model::User;

/// Users by id. Ids sort by time, so the seeded users come first.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, User>")]
pub struct Users {
    by_id: BTreeMap<String, User>,
    ids_by_email: HashMap<String, String>,
}

impl Users {
    /// The user with this id.
    pub fn get(&self, id: &str) -> Option<&User> {
        self.by_id.get(id)
    }

    /// The user with this address, whatever its case.
    pub fn by_email(&self, email: &str) -> Option<&User> {
        let id = self.ids_by_email.get(&email.trim().to_lowercase())?;
        self.by_id.get(id)
    }

    /// All users, by id.
    pub fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_id.values()
    }

    /// Number of users.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Adds a user. The address must be unused and in lower case.
    pub fn insert(&mut self, user: User) {
        self.ids_by_email
            .insert(user.email.clone(), user.id.clone());
        self.by_id.insert(user.id.clone(), user);
    }

    /// Removes a user.
    pub fn remove(&mut self, id: &str) -> Option<User> {
        let user = self.by_id.remove(id)?;
        self.ids_by_email.remove(&user.email);
        Some(user)
    }

    /// Changes a user; `None` for an unknown one. A new address must be unused and in lower case.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut User)) -> Option<&User> {
        let user = self.by_id.get_mut(id)?;
        self.ids_by_email.remove(&user.email);
        change(user);
        self.ids_by_email
            .insert(user.email.clone(), user.id.clone());
        Some(user)
    }
}

impl From<BTreeMap<String, User>> for Users {
    fn from(by_id: BTreeMap<String, User>) -> Users {
        let ids_by_email = by_id
            .values()
            .map(|user| (user.email.clone(), user.id.clone()))
            .collect();
        Users {
            by_id,
            ids_by_email,
        }
    }
}

impl Serialize for Users {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_id.serialize(serializer)
    }
}
