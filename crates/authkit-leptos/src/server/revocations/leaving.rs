//! [`Leaving`]: the queue of sessions that browsers have signed out of and that WorkOS has yet to be told of.
//!
//! `Revocations` adds a session when it is denied for the first time. One worker revokes the queued sessions at
//! WorkOS, one after the other, so that any number of sign-outs costs one call at a time.

use super::Revocations;
use std::{
    sync::{Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{Instant, sleep, sleep_until},
};

/// Delay before WorkOS is told, and before each further try: browsers follow the redirect to WorkOS's own
/// logout first.
const DELAY: Duration = Duration::from_secs(30);
/// Tries per session.
const TRIES: u32 = 5;
/// Sessions in the queue, at most: some 1 MB.
const CAPACITY: usize = 10_000;

/// A session in the queue.
struct Left {
    session_id: String,
    due: Instant,
    tries: u32,
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

    fn push(&self, session_id: String, tries: u32, delay: Duration) {
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
}

/// The worker: revokes queued sessions for as long as the [`Revocations`] live.
pub async fn work(revocations: Weak<Revocations>) {
    let queue = revocations.upgrade().and_then(|here| {
        let worker = &here.leaving.worker;
        worker.lock().unwrap_or_else(PoisonError::into_inner).take()
    });
    let Some(mut queue) = queue else { return };
    // All delays are the same, so the queue is in order of `due`.
    while let Some(left) = queue.recv().await {
        sleep_until(left.due).await;
        let Some(here) = revocations.upgrade() else {
            return;
        };
        let failure = match here.workos.revoke_session(&left.session_id).await {
            Err(failure) if failure.may_pass() => failure,
            _ => continue,
        };
        if left.tries > 1 {
            here.leaving.push(left.session_id, left.tries - 1, DELAY);
        }
        drop(here);
        if let Some(wait) = failure.retry_after() {
            sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{
        Config, Ledger, core::clock::Clock, revocations::Revocations, workos::WorkOs,
    };
    use authkit_emulator::{self as emulator, Emulator, Endpoint};
    use sqlx::sqlite::SqlitePoolOptions;
    use std::sync::Arc;
    use tokio_util::task::TaskTracker;

    /// Revocations that tell an emulator, on a database in memory.
    async fn start() -> (Emulator, Arc<Revocations>) {
        let addr = ([127, 0, 0, 1], 0).into();
        let emulator = emulator::Config {
            addr,
            ..emulator::Config::default()
        };
        let (client_id, api_key) = (emulator.client_id.clone(), emulator.api_key.clone());
        let emulator = Emulator::start(emulator).await.unwrap();
        let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
        let config = Config::read(|name| {
            Some(match name {
                "WORKOS_CLIENT_ID" => client_id.clone(),
                "WORKOS_API_KEY" => api_key.clone(),
                "WORKOS_REDIRECT_URI" => "http://localhost/callback".to_owned(),
                "WORKOS_COOKIE_PASSWORD" => "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A".to_owned(),
                "WORKOS_API_HOSTNAME" => "localhost".to_owned(),
                "WORKOS_API_HTTPS" => "false".to_owned(),
                "WORKOS_API_PORT" => port.trim_end_matches('/').to_owned(),
                _ => return None,
            })
        });
        // One connection: each has a database in memory of its own.
        let pool = SqlitePoolOptions::new().max_connections(1);
        let ledger = Ledger::sqlite(pool.connect("sqlite::memory:").await.unwrap());
        ledger.migrate().await.unwrap();
        let config = config.unwrap().unwrap();
        let workos = Arc::new(WorkOs::new(&config).unwrap());
        let (clock, tasks) = (Clock::default(), TaskTracker::new());
        let revocations = Revocations::start(ledger, workos, clock, tasks).await;
        (emulator, revocations.unwrap())
    }

    impl Leaving {
        fn waiting(&self) -> usize {
            self.queue.max_capacity() - self.queue.capacity()
        }
    }

    #[tokio::test]
    async fn a_session_that_is_left_again_and_again_waits_once() {
        let (_emulator, revocations) = start().await;
        for _ in 0..40 {
            revocations.leave("session_1".to_owned());
        }
        revocations.deny("session_2".to_owned());
        revocations.leave("session_2".to_owned());
        assert_eq!(revocations.leaving.waiting(), 1);
    }

    #[tokio::test]
    async fn the_worker_tells_workos_of_each_session() {
        let (emulator, revocations) = start().await;
        let leaving = &revocations.leaving;
        for session_id in ["session_1", "session_2"] {
            leaving.push(session_id.to_owned(), TRIES, Duration::ZERO);
        }
        let calls = || emulator.control().calls_of(Endpoint::Revoke);
        while leaving.waiting() > 0 || calls() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(calls(), 2);
        emulator.shutdown().await;
    }
}
