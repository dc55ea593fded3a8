//! The events of the last 30 days, for `GET /events`. `changes::event` puts them in, `api::events` reads them.
//! In memory only: a restart forgets them. It never waits, and holds the newest ten thousand at most.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Number of events kept.
const KEPT: usize = 10_000;
/// Age of the oldest event that WorkOS lists.
pub const LISTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An event that happened.
#[derive(Debug, Clone)]
pub struct Logged {
    /// `event_…`, the same as in the webhook.
    pub id: String,
    /// The event's name, such as `session.revoked`.
    pub event: &'static str,
    pub happened_at: Timestamp,
    /// The event as WorkOS shows it.
    pub envelope: Value,
}

/// Events, oldest first.
#[derive(Default)]
pub struct EventLog {
    events: Mutex<VecDeque<Logged>>,
}

impl EventLog {
    /// Adds an event. The oldest goes where there are too many.
    pub fn put(&self, event: Logged) {
        let mut events = self.lock();
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// Events for which `wanted` is true, oldest first.
    pub fn find(&self, wanted: impl Fn(&Logged) -> bool) -> Vec<Logged> {
        let events = self.lock();
        events.iter().filter(|it| wanted(it)).cloned().collect()
    }

    /// Forgets all events.
    pub fn reset(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Logged>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
