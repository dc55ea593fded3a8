//! All [`Room`]s of a process: found by question for who follows, and by topic for what has changed.

use super::{
    registered::Asked,
    room::{Latest, Room},
    store::Store,
};
use crate::query::{Revision, Topic};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};
use tokio::sync::{Semaphore, watch};

/// Queries run at once: fewer than there are connections.
const PLACES: usize = 3;
/// And for pages without a stream, all together.
const TURNS: usize = 2;

/// The rooms there are.
pub struct Rooms {
    /// The database.
    pub store: Store,
    /// For each query that is run.
    pub places: Semaphore,
    /// For each that is run for one page, in a turn.
    pub turns: Semaphore,
    /// How often queries were run.
    pub runs: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_id: HashMap<String, Arc<Room>>,
    by_topic: HashMap<Topic, Vec<Arc<Room>>>,
}

impl Rooms {
    /// None yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            places: Semaphore::new(PLACES),
            turns: Semaphore::new(TURNS),
            runs: AtomicU64::new(0),
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of a question, made if there is none, with one more in it.
    pub fn enter(self: &Arc<Self>, asked: Asked) -> (Arc<Room>, watch::Receiver<Latest>) {
        let mut open = self.open();
        if let Some(room) = open.by_id.get(&asked.id) {
            return (Arc::clone(room), room.subscribe());
        }
        let room = Arc::new(Room::new(asked));
        let latest = room.subscribe();
        open.by_id.insert(room.id.clone(), Arc::clone(&room));
        for topic in &room.topics {
            let rooms = open.by_topic.entry(topic.clone()).or_default();
            rooms.push(Arc::clone(&room));
        }
        drop(open);
        tokio::spawn(Arc::clone(&room).keep(Arc::clone(self)));
        (room, latest)
    }

    /// Closes a room, unless somebody has entered.
    pub fn close(&self, room: &Arc<Room>) -> bool {
        let mut open = self.open();
        if !room.is_empty() {
            return false;
        }
        open.by_id.remove(&room.id);
        for topic in &room.topics {
            if let Some(rooms) = open.by_topic.get_mut(topic) {
                rooms.retain(|other| !Arc::ptr_eq(other, room));
                if rooms.is_empty() {
                    open.by_topic.remove(topic);
                }
            }
        }
        true
    }

    /// So many times these topics have changed.
    pub fn hear(&self, revision: &Revision) {
        let open = self.open();
        for (topic, number) in &revision.0 {
            for room in open.by_topic.get(topic).into_iter().flatten() {
                room.hear(topic, *number);
            }
        }
    }

    /// Something may have been missed: all rooms look.
    pub fn look(&self) {
        for room in self.open().by_id.values() {
            room.look();
        }
    }

    /// The same after the database was out of reach: until they have looked, answers may be old.
    pub fn look_again(&self) {
        for room in self.open().by_id.values() {
            room.look_again();
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.open().by_id.len()
    }

    /// All topics that are followed.
    pub fn topics(&self) -> Vec<Topic> {
        self.open().by_topic.keys().cloned().collect()
    }
}
