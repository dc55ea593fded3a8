//! What this process learns from the others: read at the start, and followed for as long as the [`AuthKit`]
//! lives.
//!
//! The one caller of the ledger's news. Decides nothing: the deny list and what is known of changes do.

use super::{
    Inner,
    ledger::{Heard, LedgerError},
};
use std::{sync::Weak, time::Duration};

/// How long to wait before listening again once the connection is lost.
const LISTEN_INTERVAL: Duration = Duration::from_secs(1);

impl Inner {
    /// Reads all that is in force.
    pub(super) async fn catch_up(&self) -> Result<(), LedgerError> {
        self.revoked.load_life().await?;
        let now = self.clock.now();
        self.accept(&self.ledger.recorded(0, now).await?);
        Ok(())
    }

    fn accept(&self, heard: &Heard) {
        let now = self.clock.now();
        for revocation in &heard.revocations {
            self.revoked.accept(revocation, now);
        }
        for change in &heard.changes {
            self.accept_change(change);
        }
    }
}

/// Hears of what other processes record for as long as the [`AuthKit`](super::AuthKit) lives.
pub(super) async fn follow(authkit: Weak<Inner>) {
    let mut told = false;
    while let Some(inner) = authkit.upgrade() {
        let clock = inner.clock.clone();
        // Listening first: what is recorded while all is read must not be missed.
        let listening = inner.ledger.listen(clock.now()).await;
        let listening = match listening {
            Ok(news) => inner.catch_up().await.map(|()| news),
            Err(error) => Err(error),
        };
        drop(inner);
        let error = match listening {
            Ok(mut news) => loop {
                told = false;
                let heard = news.next(|| clock.now()).await;
                let Some(inner) = authkit.upgrade() else {
                    return;
                };
                match heard {
                    Ok(heard) => inner.accept(&heard),
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
