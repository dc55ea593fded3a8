//! [`Places`]: how many streams a session may have open at once in this process.
//!
//! Asked by `handshake`. Counts, and knows nothing else of a stream: a [`Place`] is free
//! again when it is dropped.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// All that are taken, by session.
pub struct Places {
    most: NonZeroUsize,
    taken: Mutex<HashMap<String, usize>>,
}

/// One stream's place.
pub struct Place {
    places: Arc<Places>,
    session: String,
}

impl Places {
    /// All free: `most` for each session.
    pub fn new(most: NonZeroUsize) -> Self {
        Self {
            most,
            taken: Mutex::default(),
        }
    }

    /// A place for one more stream of the session; `None` when it has as many as it may.
    pub fn take(self: &Arc<Self>, session: &str) -> Option<Place> {
        let mut taken = self.taken();
        let count = taken.get(session).copied().unwrap_or_default();
        if count >= self.most.get() {
            return None;
        }
        taken.insert(session.to_owned(), count + 1);
        Some(Place {
            places: Arc::clone(self),
            session: session.to_owned(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.session);
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
}
