//! Who exchanges a refresh token: one holder at a time, in all processes, and what came of it.
//!
//! The holder's row counts up while it waits for WorkOS. A count that stands still means that the
//! holder died, and somebody who waits takes over. Nobody's clock matters for that.

use super::tables::{Ledger, LedgerError, seconds};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::Instant;

/// How often a holder shows that it is alive.
const BEAT: Duration = Duration::from_millis(200);
/// After so long without a beat it is taken for dead.
const PRESUMED_DEAD: Duration = Duration::from_millis(1_100);
/// How long a beat may take: one that hangs must not hold up the next.
const BEAT_PATIENCE: Duration = Duration::from_millis(250);
/// How often somebody who waits looks: soon at first, then less often.
const FIRST_POLL: Duration = Duration::from_millis(30);
const LONGEST_POLL: Duration = Duration::from_millis(150);
/// Seconds after which the row of a question that never ended is swept.
const ASKED_KEPT: u64 = 3_600;
/// Seconds for which a refusal is remembered, so that those who waited need not ask too.
const REFUSAL_KEPT: u64 = 60;

const ASKED: &str = "asked";
const GRANTED: &str = "granted";
const REFUSED: &str = "refused";
const FAILED: &str = "failed";

/// Sessions whose arrival one statement notes at most. Few enough for PostgreSQL to look each up, also where it has not
/// counted the table yet and takes each for one of a two-hundredth of the rows.
const NOTED_AT_ONCE: usize = 16;

/// Names a refresh token without being one: SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// How it stands with a refresh token.
pub enum Claim {
    /// It is the caller's to exchange.
    Ours(Lease),
    /// It has been exchanged; this is the sealed successor.
    Granted(String),
    /// WorkOS refused it for good.
    Refused,
    /// The one who asked got no usable answer, just now.
    Failed,
}

/// The right to exchange one refresh token, until it is settled.
pub struct Lease {
    ledger: Ledger,
    fingerprint: Fingerprint,
    holder: String,
    /// Whether somebody held it before and may have got an answer nobody knows of.
    pub taken_over: bool,
}

/// For how long a successor is kept. Seconds since the epoch.
#[derive(Clone, Copy)]
pub struct Kept {
    /// Until then, if it never shows up.
    pub until: u64,
    /// Until then, even when it has shown up.
    pub at_least: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    holder: String,
    beat: i64,
    outcome: String,
    successor: Option<String>,
    keep_until: i64,
}

impl Fingerprint {
    /// The fingerprint of a refresh token.
    pub fn of(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret()).into())
    }

    /// As the ledger has it, and what is sealed for it: base64url.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl Ledger {
    /// Claims the right to exchange a refresh token, or waits for what comes of somebody else's.
    ///
    /// `holder` names the caller: random, new for each claim.
    pub async fn claim(
        &self,
        fingerprint: &Fingerprint,
        holder: String,
        now: u64,
    ) -> Result<Claim, LedgerError> {
        let ours = |taken_over| {
            Ok(Claim::Ours(Lease {
                ledger: self.clone(),
                fingerprint: *fingerprint,
                holder: holder.clone(),
                taken_over,
            }))
        };
        // The holder and count that were seen last, and since when.
        let mut watched: Option<(String, i64, Instant)> = None;
        let mut poll = FIRST_POLL;
        // Mostly it is the first to ask, and has no row to look at.
        if self.insert(fingerprint, &holder, now).await? {
            return ours(false);
        }
        loop {
            let Some(row) = self.look(fingerprint).await? else {
                if self.insert(fingerprint, &holder, now).await? {
                    return ours(false);
                }
                continue;
            };
            let is_over = row.keep_until <= seconds(now);
            let may_take = match row.outcome.as_str() {
                GRANTED if !is_over => {
                    return Ok(row.successor.map_or(Claim::Failed, Claim::Granted));
                }
                REFUSED if !is_over => return Ok(Claim::Refused),
                ASKED => match &watched {
                    Some((by, beat, since)) if *by == row.holder && *beat == row.beat => {
                        since.elapsed() > PRESUMED_DEAD
                    }
                    _ => {
                        watched = Some((row.holder.clone(), row.beat, Instant::now()));
                        false
                    }
                },
                // What failed while we waited failed for us too; what failed before may go now.
                FAILED if watched.is_some() => return Ok(Claim::Failed),
                _ => true,
            };
            if may_take && self.take(fingerprint, &row, &holder, now).await? {
                return ours(row.outcome == ASKED);
            }
            tokio::time::sleep(poll).await;
            poll = LONGEST_POLL.min(poll * 2);
        }
    }

    /// The sealed successor of a refresh token, if there is one and it is still to be had.
    pub async fn successor_of(
        &self,
        fingerprint: &Fingerprint,
        now: u64,
    ) -> Result<Option<String>, LedgerError> {
        let row = self.look(fingerprint).await?;
        Ok(row
            .filter(|row| row.outcome == GRANTED && row.keep_until > seconds(now))
            .and_then(|row| row.successor))
    }

    /// The same, for a moment in which it may still come.
    pub async fn await_successor(
        &self,
        fingerprint: &Fingerprint,
        now: u64,
    ) -> Result<Option<String>, LedgerError> {
        let started = Instant::now();
        loop {
            let successor = self.successor_of(fingerprint, now).await?;
            if successor.is_some() || started.elapsed() > PRESUMED_DEAD {
                return Ok(successor);
            }
            tokio::time::sleep(LONGEST_POLL).await;
        }
    }

    /// Notes that successors are in use, so that what came before each is kept only `until` then, or for as long as its own
    /// access token is good and might still be about.
    ///
    /// Stops at the first statement that fails. The number that were noted, from the first on.
    pub async fn confirm(&self, successors: &[Fingerprint], until: u64) -> usize {
        let mut noted = 0;
        for some in successors.chunks(NOTED_AT_ONCE) {
            if self.confirm_some(some, until).await.is_err() {
                break;
            }
            noted += some.len();
        }
        noted
    }

    async fn confirm_some(
        &self,
        successors: &[Fingerprint],
        until: u64,
    ) -> Result<(), LedgerError> {
        let places: Vec<_> = (2..)
            .take(successors.len())
            .map(|nth| format!("${nth}"))
            .collect();
        // "+ 0": nearly all rows are kept longer, and PostgreSQL, where it has not counted a table yet, would go through all
        // of them by the index of keep_until.
        let statement = format!(
            "UPDATE authkit_refresh SET keep_until = \
                 CASE WHEN keep_at_least > $1 THEN keep_at_least ELSE $1 END \
             WHERE successor_fingerprint IN ({}) AND keep_until + 0 > $1",
            places.join(", ")
        );
        let statement = sqlx::query(&statement).bind(seconds(until));
        let statement = (successors.iter()).fold(statement, |statement, successor| {
            statement.bind(successor.to_text())
        });
        self.store().execute(statement).await?;
        Ok(())
    }

    async fn insert(
        &self,
        fingerprint: &Fingerprint,
        holder: &str,
        now: u64,
    ) -> Result<bool, LedgerError> {
        let statement = "INSERT INTO authkit_refresh (fingerprint, holder, beat, outcome, keep_until) \
             VALUES ($1, $2, 0, $3, $4) ON CONFLICT (fingerprint) DO NOTHING";
        let statement = sqlx::query(statement)
            .bind(fingerprint.to_text())
            .bind(holder)
            .bind(ASKED)
            .bind(seconds(now + ASKED_KEPT));
        let rows = self.store().execute(statement).await?;
        Ok(rows == 1)
    }

    async fn look(&self, fingerprint: &Fingerprint) -> Result<Option<Row>, LedgerError> {
        let statement = "SELECT holder, beat, outcome, successor, keep_until \
             FROM authkit_refresh WHERE fingerprint = $1";
        let rows = self.rows(sqlx::query_as(statement).bind(fingerprint.to_text()));
        Ok(rows.await?.pop())
    }

    /// Takes a row over, if nobody has touched it since `row` was read.
    async fn take(
        &self,
        fingerprint: &Fingerprint,
        row: &Row,
        holder: &str,
        now: u64,
    ) -> Result<bool, LedgerError> {
        let statement = "UPDATE authkit_refresh \
             SET holder = $1, beat = 0, outcome = $2, keep_until = $3 \
             WHERE fingerprint = $4 AND holder = $5 AND beat = $6 AND outcome = $7";
        let statement = sqlx::query(statement)
            .bind(holder)
            .bind(ASKED)
            .bind(seconds(now + ASKED_KEPT))
            .bind(fingerprint.to_text())
            .bind(&row.holder)
            .bind(row.beat)
            .bind(&row.outcome);
        let rows = self.store().execute(statement).await?;
        Ok(rows == 1)
    }
}

impl Lease {
    /// Waits for `answer`, and shows meanwhile that somebody does. The beats go on beside it: one that
    /// hangs delays neither the answer nor the next one.
    pub async fn while_waiting<T>(&self, answer: impl Future<Output = T>) -> T {
        let beating = async {
            loop {
                tokio::time::sleep(BEAT).await;
                let _ = tokio::time::timeout(BEAT_PATIENCE, self.beat()).await;
            }
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            () = beating => unreachable!("a heart that stops by itself"),
        }
    }

    async fn beat(&self) -> Result<(), LedgerError> {
        self.while_asked(
            "UPDATE authkit_refresh SET beat = beat + 1 \
             WHERE fingerprint = $1 AND holder = $2 AND outcome = $3",
        )
        .await
    }

    /// Runs a statement on this lease's row, which it finds by `$1` to `$3` if it is still asked for.
    async fn while_asked(&self, statement: &'static str) -> Result<(), LedgerError> {
        let statement = sqlx::query(statement)
            .bind(self.fingerprint.to_text())
            .bind(&self.holder)
            .bind(ASKED);
        self.ledger.store().execute(statement).await?;
        Ok(())
    }

    /// Stores the sealed successor for everybody, also when somebody has taken over meanwhile: there
    /// is only this one.
    pub async fn granted(
        &self,
        successor: &Fingerprint,
        sealed: &str,
        kept: Kept,
    ) -> Result<(), LedgerError> {
        // Written twice when the answer to the first write was lost; what was noted since then stays.
        let statement = "INSERT INTO authkit_refresh (fingerprint, holder, beat, outcome, \
                 successor_fingerprint, successor, keep_until, keep_at_least) \
             VALUES ($1, $2, 0, $3, $4, $5, $6, $7) ON CONFLICT (fingerprint) DO UPDATE \
             SET outcome = $3, successor_fingerprint = $4, successor = $5, keep_until = $6, \
                 keep_at_least = $7 \
             WHERE authkit_refresh.outcome <> $3 OR authkit_refresh.successor_fingerprint <> $4";
        let statement = sqlx::query(statement)
            .bind(self.fingerprint.to_text())
            .bind(&self.holder)
            .bind(GRANTED)
            .bind(successor.to_text())
            .bind(sealed)
            .bind(seconds(kept.until))
            .bind(seconds(kept.at_least));
        self.ledger.store().execute(statement).await?;
        Ok(())
    }

    /// Lets everybody know that WorkOS refused the token for good.
    pub async fn refused(&self, now: u64) -> Result<(), LedgerError> {
        self.settle(REFUSED, now + REFUSAL_KEPT).await
    }

    /// Lets those who wait know that there is no answer; the next one may ask again.
    pub async fn failed(&self, now: u64) -> Result<(), LedgerError> {
        self.settle(FAILED, now + REFUSAL_KEPT).await
    }

    /// Gives the right back: nothing has been found out about the token.
    pub async fn released(&self) -> Result<(), LedgerError> {
        self.while_asked(
            "DELETE FROM authkit_refresh \
             WHERE fingerprint = $1 AND holder = $2 AND outcome = $3",
        )
        .await
    }

    async fn settle(&self, outcome: &str, keep_until: u64) -> Result<(), LedgerError> {
        let statement = "UPDATE authkit_refresh SET outcome = $1, keep_until = $2 \
             WHERE fingerprint = $3 AND holder = $4 AND outcome = $5";
        let statement = sqlx::query(statement)
            .bind(outcome)
            .bind(seconds(keep_until))
            .bind(self.fingerprint.to_text())
            .bind(&self.holder)
            .bind(ASKED);
        self.ledger.store().execute(statement).await?;
        Ok(())
    }
}
