//! [`Places`]: how many streams a session may have open at once in this process, and the [`Budget`] that
//! they share.
//!
//! Asked by `handshake`. Counts, and knows nothing else of a stream: a [`Place`] is free
//! again when it is dropped.

use super::budget::{self, Budget};
use moka::sync::Cache;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most budgets kept of sessions that have no stream open: some 30 MB.
const RESTING: u64 = 100_000;

/// All that are taken, by session.
pub struct Places {
    most: NonZeroUsize,
    taken: Mutex<HashMap<String, Taken>>,
    /// Budgets of sessions whose last stream has just ended. Connecting again does not bring a new one.
    resting: Cache<String, Arc<Budget>>,
}

struct Taken {
    streams: usize,
    budget: Arc<Budget>,
}

/// One stream's place.
pub struct Place {
    places: Arc<Places>,
    session: String,
    /// The session's.
    pub budget: Arc<Budget>,
}

impl Places {
    /// All free: `most` for each session.
    pub fn new(most: NonZeroUsize) -> Self {
        Self {
            most,
            taken: Mutex::default(),
            resting: Cache::builder()
                .time_to_live(budget::RECOVERY)
                .max_capacity(RESTING)
                .build(),
        }
    }

    /// A place for one more stream of the session; `None` when it has as many as it may.
    pub fn take(self: &Arc<Self>, session: &str) -> Option<Place> {
        let mut taken = self.taken();
        let of_session = taken.entry(session.to_owned()).or_insert_with(|| Taken {
            streams: 0,
            budget: self.resting.remove(session).unwrap_or_default(),
        });
        if of_session.streams >= self.most.get() {
            return None;
        }
        of_session.streams += 1;
        Some(Place {
            places: Arc::clone(self),
            session: session.to_owned(),
            budget: Arc::clone(&of_session.budget),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(of_session) = taken.get_mut(&self.session) {
            of_session.streams -= 1;
            if of_session.streams == 0 {
                taken.remove(&self.session);
                let budget = Arc::clone(&self.budget);
                self.places.resting.insert(self.session.clone(), budget);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_so_many_places_and_gets_them_back() {
        let places = Arc::new(Places::new(NonZeroUsize::new(2).unwrap()));
        let first = places.take("ada").unwrap();
        let _second = places.take("ada").unwrap();
        assert!(places.take("ada").is_none());
        let other = places.take("grace").unwrap();
        drop(first);
        let _third = places.take("ada").unwrap();
        assert!(places.take("ada").is_none());
        drop(other);
        assert_eq!(places.taken().keys().collect::<Vec<_>>(), ["ada"]);
    }

    #[test]
    fn a_session_that_connects_again_has_the_budget_it_had() {
        let places = Arc::new(Places::new(NonZeroUsize::MIN));
        let first = places.take("ada").unwrap();
        let budget = Arc::clone(&first.budget);
        drop(first);
        let again = places.take("ada").unwrap();
        assert!(Arc::ptr_eq(&budget, &again.budget));
        let other = places.take("grace").unwrap();
        assert!(!Arc::ptr_eq(&budget, &other.budget));
    }
}
