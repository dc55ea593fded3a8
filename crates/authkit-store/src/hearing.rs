//! Whether a connection that listens hears anything.
//!
//! Behind a pooler in transaction mode (PgBouncer, and others like it) it does not: the server connection that executed
//! LISTEN is assigned to another client after the transaction. That client receives notifications it has not asked for,
//! which `sqlx` takes for a broken connection. So every caller of LISTEN checks here first; the doctor checks as well.
//! Leaves nothing behind in the database.

use sqlx::{
    Connection, Executor, PgConnection, Postgres, Row,
    postgres::{PgConnectOptions, PgListener, PgNotification},
};
use std::{fmt::Write, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// The channel that is asked on.
const CHANNEL: &str = "authkit_hearing";
/// How long a word may be on its way.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long either question may take, connections included.
const LIMIT: Duration = Duration::from_secs(5);
/// How often two connections are compared: a pooler that has many to lend may lend two different ones.
const ROUNDS: u32 = 8;

/// Whether connections are lent for a transaction: two that are open at once are served by one process of PostgreSQL, or
/// one by several.
///
/// # Errors
/// The database's own.
pub async fn are_lent(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    in_time(compared(options)).await
}

async fn compared(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut one = PgConnection::connect_with(options).await?;
    let mut other = PgConnection::connect_with(options).await?;
    let first = backend(&mut one).await?;
    let mut are_lent = false;
    for _ in 0..ROUNDS {
        let (here, there) = (backend(&mut one).await?, backend(&mut other).await?);
        are_lent |= here == there || here != first;
    }
    let _ = one.close().await;
    let _ = other.close().await;
    Ok(are_lent)
}

/// The process of PostgreSQL that serves a connection. Asked as text, without a statement to prepare: poolers mind those
/// too.
async fn backend(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row = connection.fetch_one("SELECT pg_backend_pid()").await?;
    row.try_get(0)
}

/// Says a word by `sender`, and whether `listener` hears it. Notifications of other channels that come meanwhile are
/// lost: read everything once after this.
///
/// # Errors
/// The database's own.
pub async fn hears(
    listener: &mut PgListener,
    sender: impl Executor<'_, Database = Postgres>,
) -> Result<bool, sqlx::Error> {
    in_time(told(listener, sender)).await
}

async fn told(
    listener: &mut PgListener,
    sender: impl Executor<'_, Database = Postgres>,
) -> Result<bool, sqlx::Error> {
    listener.listen(CHANNEL).await?;
    let word = word()?;
    let notify = format!("NOTIFY {CHANNEL}, '{word}'");
    sender.execute(notify.as_str()).await?;
    let until = Instant::now() + PATIENCE;
    let is_ours = |heard: &PgNotification| heard.channel() == CHANNEL && heard.payload() == word;
    let hears = loop {
        match timeout_at(until, listener.recv()).await {
            Ok(heard) => {
                if is_ours(&heard?) {
                    break true;
                }
            }
            Err(_) => break false,
        }
    };
    match hears {
        true => listener.unlisten(CHANNEL).await?,
        false => listener.unlisten_all().await?,
    }
    Ok(hears)
}

async fn in_time<T>(
    question: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = timeout(LIMIT, question).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// A word that no other process says.
fn word() -> Result<String, sqlx::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    let mut word = String::new();
    for byte in random {
        let _ = write!(word, "{byte:02x}");
    }
    Ok(word)
}
