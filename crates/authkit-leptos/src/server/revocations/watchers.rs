//! [`Watchers`]: the connections that are told when their session ends or has to be renewed.
//!
//! Told by `Revocations` and by the deny list. Ends nothing itself: the owner of a connection does.

use crate::server::ledger::{About, Change};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Why a connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The session was signed out or revoked, its user was denied, or the session has moved to another
    /// organization.
    Over,
    /// The access token is about to expire, or what its holder may do has changed since it was issued:
    /// connecting again renews the session.
    Expiring,
}

/// What a connection was opened with, and when it ends.
pub(super) struct Eye {
    pub organization_id: Option<String>,
    pub roles: Box<[String]>,
    pub issued_at: u64,
    pub end: Mutex<End>,
    /// The end has come nearer.
    pub nearer: Notify,
}

#[derive(Clone, Copy)]
pub(super) struct End {
    /// Seconds since the epoch.
    pub at: u64,
    pub now: Option<Ending>,
}

/// Everybody who watches, by what they watch: a session's id and a user's.
#[derive(Default)]
pub struct Watchers {
    waiting: Mutex<HashMap<String, Vec<Arc<Eye>>>>,
}

impl Watchers {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Eye>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all watches of a session or a user that has been denied.
    pub fn end(&self, id: &str) {
        for eye in self.waiting().get(id).into_iter().flatten() {
            eye.end_now(Ending::Over);
        }
    }

    /// Ends the watches whose tokens a change has made outdated.
    pub fn tell(&self, change: &Change) {
        let waiting = self.waiting();
        let eyes = |id| waiting.get(id).into_iter().flatten();
        match change.about {
            About::Session => eyes(&change.id)
                .filter(|eye| change.has_left(eye.issued_at, eye.organization_id.as_deref()))
                .for_each(|eye| eye.end_now(Ending::Over)),
            About::User => eyes(&change.id)
                .filter(|eye| change.is_before(eye.issued_at))
                .for_each(|eye| eye.end_now(Ending::Expiring)),
            // Seldom, and there is no list of who has which role.
            About::Role => waiting
                .values()
                .flatten()
                .filter(|eye| eye.roles.contains(&change.id) && change.is_before(eye.issued_at))
                .for_each(|eye| eye.end_now(Ending::Expiring)),
        }
    }

    pub(super) fn add(&self, ids: &[String], eye: &Arc<Eye>) {
        let mut waiting = self.waiting();
        for id in ids {
            let watching = waiting.entry(id.clone()).or_default();
            watching.push(Arc::clone(eye));
        }
    }

    pub(super) fn remove(&self, ids: &[String], eye: &Arc<Eye>) {
        let mut waiting = self.waiting();
        for id in ids {
            if let Some(watching) = waiting.get_mut(id) {
                watching.retain(|other| !Arc::ptr_eq(other, eye));
                if watching.is_empty() {
                    waiting.remove(id);
                }
            }
        }
    }
}

impl Eye {
    pub(super) fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn end_now(&self, ending: Ending) {
        self.end().now.get_or_insert(ending);
        // Kept for who is not waiting at this very moment.
        self.nearer.notify_one();
    }
}
