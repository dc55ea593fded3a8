//! The longest life of an access token that any process has seen: a denial has to last as long, also in a
//! process that has just started.

use super::tables::{Ledger, LedgerError, seconds};
use crate::server::token::verifier::LEEWAY;

/// Shortest denial, in seconds, whatever the tokens seen so far: a process that has just started has seen none.
pub const SHORTEST_DENIAL: u64 = 24 * 60 * 60;

/// When the last token has expired that was issued until now, in seconds since the epoch, if the longest has such a `life`.
pub fn tokens_expire_by(now: u64, life: u64) -> u64 {
    let life = life.max(SHORTEST_DENIAL);
    now.saturating_add(life).saturating_add(LEEWAY)
}

impl Ledger {
    /// Records a life in seconds, unless a longer one is recorded.
    pub async fn record_token_life(&self, life: u64) -> Result<(), LedgerError> {
        let statement = "INSERT INTO authkit_token_life (id, seconds) VALUES (1, $1) \
             ON CONFLICT (id) DO UPDATE SET seconds = excluded.seconds \
             WHERE excluded.seconds > authkit_token_life.seconds";
        let statement = sqlx::query(statement).bind(seconds(life));
        self.store().execute(statement).await?;
        Ok(())
    }

    /// The longest life recorded, in seconds; 0 if none is.
    pub async fn token_life(&self) -> Result<u64, LedgerError> {
        let statement = "SELECT seconds FROM authkit_token_life WHERE id = 1";
        let rows: Vec<(i64,)> = self.rows(sqlx::query_as(statement)).await?;
        let life = rows.first().and_then(|(life,)| u64::try_from(*life).ok());
        Ok(life.unwrap_or(0))
    }
}
