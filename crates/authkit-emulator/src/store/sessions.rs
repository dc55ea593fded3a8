//! The sessions, found by `sid` and by user. Caller: the state.
//! A session's id and user never change once it is in here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize, Serializer};

use super::model::Session;

/// Sessions by `sid`, the ended ones of the last day included.
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

    /// The session with this id, to change what may change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    /// A user's, the oldest first.
    pub fn of<'a>(&'a self, user_id: &str) -> impl Iterator<Item = &'a Session> + use<'a> {
        let ids = self.ids_by_user.get(user_id).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// All of them, by id: the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Session> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Adds one.
    pub fn insert(&mut self, session: Session) {
        let theirs = self.ids_by_user.entry(session.user_id.clone()).or_default();
        theirs.insert(session.id.clone());
        self.by_id.insert(session.id.clone(), session);
    }

    /// Drops those of a user. Answers their ids.
    pub fn remove_all_of(&mut self, user_id: &str) -> BTreeSet<String> {
        let ids = self.ids_by_user.remove(user_id).unwrap_or_default();
        for id in &ids {
            self.by_id.remove(id);
        }
        ids
    }

    /// Keeps those that `keep` says yes to.
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
