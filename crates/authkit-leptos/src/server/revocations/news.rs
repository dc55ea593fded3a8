//! Revocations and changes that other processes record: read at the start, and followed for as long as the
//! [`Revocations`] live.
//!
//! The only caller of the ledger's news. Decides nothing.

use super::in_force::Revocations;
use crate::server::ledger::{Heard, LedgerError, LedgerNews, Next};
use std::{sync::Weak, time::Duration};

/// How long to wait before reading again what could not be read.
const READ_INTERVAL: Duration = Duration::from_secs(1);

impl Revocations {
    /// Reads everything that is in force.
    pub(super) async fn catch_up(&self) -> Result<(), LedgerError> {
        self.load_life().await?;
        self.look(0).await
    }

    /// Reads what is in force and was recorded since then.
    async fn look(&self, since: u64) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.accept(&self.ledger.recorded(since, now).await?);
        Ok(())
    }

    fn accept(&self, heard: &Heard) {
        let now = self.clock.now();
        for revocation in &heard.revocations {
            self.denied.accept(revocation, now);
        }
        for change in &heard.changes {
            self.accept_change(change);
        }
    }
}

/// Follows what other processes record.
pub async fn follow(revocations: Weak<Revocations>, mut news: LedgerNews) {
    let mut told = false;
    // The time of the last look that has read everything recorded until then.
    let mut looked_at = 0;
    let mut is_behind = false;
    loop {
        let next = match is_behind {
            true => {
                tokio::time::sleep(READ_INTERVAL).await;
                Next::Look
            }
            false => match news.next().await {
                Some(next) => next,
                None => return,
            },
        };
        let Some(here) = revocations.upgrade() else {
            return;
        };
        let now = here.clock.now();
        let read = match next {
            Next::Heard(heard) => {
                here.accept(&heard);
                continue;
            }
            Next::Look => here
                .look(looked_at)
                .await
                .map_err(|error| error.to_string()),
            Next::ReadAll => here.catch_up().await.map_err(|error| error.to_string()),
            Next::Lost(error) => {
                warn(&mut told, &error.to_string());
                continue;
            }
        };
        is_behind = read.is_err();
        match read {
            Ok(()) => (looked_at, told) = (now, false),
            Err(error) => warn(&mut told, &error),
        }
    }
}

/// Once per outage.
fn warn(told: &mut bool, error: &str) {
    if !std::mem::replace(told, true) {
        tracing::warn!(reason = "ledger_unavailable", %error, "not hearing of revocations elsewhere");
    }
}
