//! [`Leaving`]: the queue of sessions that browsers have signed out of and that WorkOS has yet to be told of.
//!
//! `Revocations` adds a session when it is denied for the first time, and the worker takes it out. Full, it drops what
//! comes.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::Instant,
};

/// Delay before WorkOS is told, and before each further try: browsers follow the redirect to WorkOS's own
/// logout first.
pub(super) const DELAY: Duration = Duration::from_secs(30);
/// Tries per session.
pub(super) const TRIES: u32 = 5;
/// Sessions in the queue, at most: some 1 MB.
const CAPACITY: usize = 10_000;

/// A session in the queue.
pub struct Left {
    pub session_id: String,
    pub due: Instant,
    pub tries: u32,
}

/// The sending half of the queue, and the receiving half until the worker takes it.
pub struct Leaving {
    queue: mpsc::Sender<Left>,
    worker: Mutex<Option<mpsc::Receiver<Left>>>,
}

impl Leaving {
    /// An empty queue.
    pub fn new() -> Self {
        let (queue, worker) = mpsc::channel(CAPACITY);
        Self {
            queue,
            worker: Mutex::new(Some(worker)),
        }
    }

    /// Adds a session. A full queue drops it: the session is denied here, and WorkOS ends it when its refresh
    /// token expires.
    pub fn add(&self, session_id: String) {
        self.push(session_id, TRIES, DELAY);
    }

    pub(super) fn push(&self, session_id: String, tries: u32, delay: Duration) {
        let left = Left {
            session_id,
            due: Instant::now() + delay,
            tries,
        };
        if let Err(TrySendError::Full(_)) = self.queue.try_send(left) {
            tracing::warn!(
                reason = "leaving_full",
                "WorkOS is not told of a sign-out: too many are waiting"
            );
        }
    }

    /// The receiving half, for the worker; once.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<Left>> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        worker.take()
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}
