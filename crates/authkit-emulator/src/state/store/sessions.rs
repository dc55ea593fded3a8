//! Sessions, indexed by `sid` and by user. Caller: the state.
//! The id and the user of a stored session never change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize, Serializer};

use super::model::Session;

/// Sessions by `sid`, including those that ended within the last day.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, Session>")]
pub struct Sessions {
    by_id: BTreeMap<String, Session>,
    ids_by_user: HashMap<String, BTreeSet<String>>,
}

impl Sessions {
    /// The session with this id.
    pub fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    /// The session with this id, for changes to other fields than id and user.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    /// A user's sessions, oldest first.
    pub fn of<'a>(&'a self, user_id: &str) -> impl Iterator<Item = &'a Session> + use<'a> {
        let ids = self.ids_by_user.get(user_id).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// All sessions by id, which is oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Session> {
        self.by_id.values()
    }

    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Adds a session.
    pub fn insert(&mut self, session: Session) {
        let theirs = self.ids_by_user.entry(session.user_id.clone()).or_default();
        theirs.insert(session.id.clone());
        self.by_id.insert(session.id.clone(), session);
    }

    /// Removes the sessions of a user and returns their ids.
    pub fn remove_all_of(&mut self, user_id: &str) -> BTreeSet<String> {
        let ids = self.ids_by_user.remove(user_id).unwrap_or_default();
        for id in &ids {
            self.by_id.remove(id);
        }
        ids
    }

    /// Keeps the sessions for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&Session) -> bool) {
        let all = std::mem::take(&mut self.by_id);
        *self = all
            .into_iter()
            .filter(|(_, session)| keep(session))
            .collect::<BTreeMap<_, _>>()
            .into();
    }
}

impl From<BTreeMap<String, Session>> for Sessions {
    fn from(by_id: BTreeMap<String, Session>) -> Sessions {
        let mut ids_by_user: HashMap<String, BTreeSet<String>> = HashMap::new();
        for session in by_id.values() {
            let theirs = ids_by_user.entry(session.user_id.clone()).or_default();
            theirs.insert(session.id.clone());
        }
        Sessions { by_id, ids_by_user }
    }
}

impl Serialize for Sessions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_id.serialize(serializer)
    }
}
