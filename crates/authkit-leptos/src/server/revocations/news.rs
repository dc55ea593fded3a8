//! Revocations and changes that other processes record: read at the start, and followed for as long as the
//! [`Revocations`] live.
//!
//! The only caller of the ledger's news. Decides nothing.

use super::in_force::Revocations;
use crate::server::ledger::{Heard, LedgerError};
use std::{sync::Weak, time::Duration};

/// How long to wait before listening again once the connection is lost.
const LISTEN_INTERVAL: Duration = Duration::from_secs(1);

impl Revocations {
    /// Reads everything that is in force.
    pub(super) async fn catch_up(&self) -> Result<(), LedgerError> {
        self.load_life().await?;
        let now = self.clock.now();
        self.accept(&self.ledger.recorded(0, now).await?);
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
pub async fn follow(revocations: Weak<Revocations>) {
    let mut told = false;
    while let Some(here) = revocations.upgrade() {
        let clock = here.clock.clone();
        // Listening first: what is recorded while all is read must not be missed.
        let listening = here.ledger.listen(clock.now()).await;
        let listening = match listening {
            Ok(news) => here.catch_up().await.map(|()| news),
            Err(error) => Err(error),
        };
        drop(here);
        let error = match listening {
            Ok(mut news) => loop {
                told = false;
                let heard = news.next(|| clock.now()).await;
                let Some(here) = revocations.upgrade() else {
                    return;
                };
                match heard {
                    Ok(heard) => here.accept(&heard),
                    Err(error) => break error,
                }
            },
            Err(error) => error,
        };
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(reason = "ledger_unavailable", %error, "not hearing of revocations elsewhere");
        }
        tokio::time::sleep(LISTEN_INTERVAL).await;
    }
}
