//! [`LedgerNews`]: what other processes have recorded, as the store hears of it.
//!
//! Followed by `revocations` for as long as they live. Does not keep the database open.

use super::{
    changes::{self, Change},
    revocations::{self, Revocation},
    tables::{Ledger, LedgerError},
};
use authkit_store::{Listener, News, StoreError};
use std::sync::Arc;

/// Seconds looked back each time: what is written late, or by a machine whose clock is slow, must not
/// be missed, and a repetition does no harm.
const OVERLAP: u64 = 300;

/// News of other processes.
pub struct LedgerNews {
    listener: Listener,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// What was heard, perhaps nothing.
    Heard(Heard),
    /// Something may have been recorded since the last look.
    Look,
    /// Anything may have been missed: read everything that is in force.
    ReadAll,
    /// Nothing is heard until the next of these.
    Lost(Arc<StoreError>),
}

/// What other processes have recorded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Revoked sessions and users.
    pub revocations: Vec<Revocation>,
    /// What tokens say that is no longer true.
    pub changes: Vec<Change>,
}

impl Ledger {
    /// Starts listening to other processes.
    pub fn listen(&self) -> LedgerNews {
        let listener = self
            .store()
            .listen(&[revocations::CHANNEL, changes::CHANNEL]);
        LedgerNews { listener }
    }

    /// All that is in force and was recorded since then, or shortly before.
    pub async fn recorded(&self, since: u64, now: u64) -> Result<Heard, LedgerError> {
        let since = since.saturating_sub(OVERLAP);
        Ok(Heard {
            revocations: self.revocations(since, now).await?,
            changes: self.changes(since, now).await?,
        })
    }
}

impl LedgerNews {
    /// What comes next; `None` once the database is closed.
    pub async fn next(&mut self) -> Option<Next> {
        Some(match self.listener.next().await? {
            News::Listening => Next::ReadAll,
            News::Notification { channel, payload } => Next::Heard(Heard::read(&channel, &payload)),
            News::Changed | News::Silence => Next::Look,
            News::Lost(error) => Next::Lost(error),
        })
    }
}

impl Heard {
    /// Nothing, if another version of the program says what this one does not understand.
    fn read(channel: &str, payload: &str) -> Self {
        match channel {
            changes::CHANNEL => Self {
                changes: serde_json::from_str(payload).into_iter().collect(),
                ..Self::default()
            },
            _ => Self {
                revocations: Revocation::read(payload).into_iter().collect(),
                ..Self::default()
            },
        }
    }
}
