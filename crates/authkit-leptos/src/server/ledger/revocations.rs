//! Revoked sessions and users: written once, read at the start, and heard of by every process through its news.

use super::{
    tables::{Ledger, LedgerError, seconds},
    token_life::tokens_expire_by,
};
use crate::server::core::clock::Clock;
use authkit_store::DetachOnDrop;

/// PostgreSQL's channel for revocations.
pub(super) const CHANNEL: &str = "authkit_revocation";

/// A session or a user that is let in no more.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Revocation {
    /// `session_…` or `user_…`.
    pub id: String,
    /// Seconds since the epoch until when tokens of theirs may be valid.
    pub deny_until: i64,
}

impl Ledger {
    /// Records a revocation, and tells the other processes.
    pub async fn revoke(&self, revocation: &Revocation, now: u64) -> Result<(), LedgerError> {
        let statement = "INSERT INTO authkit_revocation (id, deny_until, recorded_at) \
             VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE \
             SET recorded_at = excluded.recorded_at, deny_until = \
                 CASE WHEN excluded.deny_until > authkit_revocation.deny_until \
                 THEN excluded.deny_until ELSE authkit_revocation.deny_until END";
        let (store, revocation) = (self.store().clone(), revocation.clone());
        // Recorded also when the caller hangs up meanwhile.
        DetachOnDrop::new(async move {
            let mut write = store.write().await?;
            let statement = sqlx::query(statement)
                .bind(&revocation.id)
                .bind(revocation.deny_until)
                .bind(seconds(now));
            store.in_time(statement.execute(&mut *write)).await?;
            let news = format!("{} {}", revocation.deny_until, revocation.id);
            write.notify(CHANNEL, &news).await?;
            Ok(write.commit().await?)
        })
        .await
    }

    /// Denies a session in all processes that share this ledger, for a program beside them such as `authkit revoke`. The
    /// session's tokens are refused for as long as any of them may be valid. WorkOS is not told.
    ///
    /// # Errors
    /// [`LedgerError`]. A database in which no server has made the tables yet is one.
    pub async fn deny_session(&self, session_id: &str) -> Result<(), LedgerError> {
        let now = Clock::default().now();
        let until = tokens_expire_by(now, self.token_life().await?);
        let revocation = Revocation {
            id: session_id.to_owned(),
            deny_until: seconds(until),
        };
        self.revoke(&revocation, now).await
    }

    /// All revocations still in force that were recorded since then.
    pub async fn revocations(&self, since: u64, now: u64) -> Result<Vec<Revocation>, LedgerError> {
        let statement = "SELECT id, deny_until FROM authkit_revocation \
             WHERE recorded_at >= $1 AND deny_until > $2";
        let statement = sqlx::query_as(statement);
        self.rows(statement.bind(seconds(since)).bind(seconds(now)))
            .await
    }
}

impl Revocation {
    /// As a notification says it.
    pub(super) fn read(payload: &str) -> Option<Self> {
        let (deny_until, id) = payload.split_once(' ')?;
        Some(Self {
            id: id.to_owned(),
            deny_until: deny_until.parse().ok()?,
        })
    }
}
