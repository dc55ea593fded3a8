//! [`Revocations`]: ends sessions, and makes access tokens outdated when their users' rights change: here at once and,
//! through the ledger, in all other processes.
//!
//! Told by sign-out, by the switch of organizations and by WorkOS's webhooks. Asked on every request, so what it knows
//! is in memory: a request never waits for the database.

mod changes;
mod deny_list;
mod expiring;
mod in_force;
mod leaving;
mod leaving_worker;
mod news;
mod watch;
mod watchers;

pub use changes::{Said, role_and_roles};
pub use in_force::Revocations;
pub use watch::SessionWatch;
pub use watchers::Ending;

use super::{
    core::clock::Clock,
    ledger::{Ledger, LedgerError},
    workos::WorkOs,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio_util::task::TaskTracker;

/// Time between removals of expired rows from the database.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

impl Revocations {
    /// Reads what is in force from the ledger, and follows the other processes for as long as the value lives.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger can't be read.
    pub async fn start(
        ledger: Ledger,
        workos: Arc<WorkOs>,
        clock: Clock,
        tasks: TaskTracker,
    ) -> Result<Arc<Self>, LedgerError> {
        let revocations = Arc::new(Self::new(ledger, workos, clock, tasks));
        // Listening first: what is recorded while all is read must not be missed.
        let news = revocations.ledger.listen();
        revocations.catch_up().await?;
        tokio::spawn(news::follow(Arc::downgrade(&revocations), news));
        tokio::spawn(sweep(Arc::downgrade(&revocations)));
        tokio::spawn(leaving_worker::work(Arc::downgrade(&revocations)));
        Ok(revocations)
    }
}

/// Keeps the ledger small for as long as the [`Revocations`] live.
async fn sweep(revocations: Weak<Revocations>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(revocations) = revocations.upgrade() else {
            return;
        };
        let swept = revocations.ledger.sweep(revocations.clock.now()).await;
        if let Err(error) = swept.and(revocations.load_life().await) {
            tracing::warn!(reason = "ledger_unavailable", %error, "the ledger was not swept");
        }
    }
}
