//! Tells WorkOS of the sessions in the queue, one after the other, so that any number of sign-outs costs one call at a time.
//!
//! Started with the [`Revocations`], and ends with them.

use super::{in_force::Revocations, leaving::DELAY};
use std::sync::Weak;
use tokio::time::{sleep, sleep_until};

/// The worker: revokes queued sessions for as long as the [`Revocations`] live.
pub async fn work(revocations: Weak<Revocations>) {
    let queue = revocations.upgrade().and_then(|here| here.leaving.take());
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
    use crate::server::revocations::leaving::TRIES;
    use crate::server::{Config, Ledger, core::clock::Clock, workos::WorkOs};
    use authkit_emulator::{self as emulator, Emulator, Endpoint};
    use sqlx::sqlite::SqlitePoolOptions;
    use std::{sync::Arc, time::Duration};
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
