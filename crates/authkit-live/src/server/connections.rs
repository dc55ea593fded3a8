//! Connections to PostgreSQL: what each of them is told, and how it comes back to its pool.
//!
//! Every pool of the app is made with [`postgres`], the login library's included. A connection with an open
//! transaction must never be handed out: `sqlx` 0.8 does not know of a transaction whose beginning was
//! dropped half-way, as when a client hangs up (launchbadge/sqlx#4393; the rollback on release may go with
//! the release that has #4394). SQLite needs none of it: there `sqlx` rolls back what was begun in vain.

use sqlx::{Database, Executor, pool::PoolOptions};

/// Milliseconds: a statement may take three seconds, and a transaction that nothing happens in is ended after
/// thirty, should a process have been cut off in it. What a rollback says to a connection that has no
/// transaction is no news.
const SETTINGS: &str = "SET statement_timeout = 3000; SET idle_in_transaction_session_timeout = 30000; \
                        SET client_min_messages = error";

/// A pool's options, for PostgreSQL.
#[must_use]
pub fn postgres<DB>(options: PoolOptions<DB>) -> PoolOptions<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    options
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SETTINGS).await.map(drop) })
        })
        // An error closes the connection.
        .after_release(|connection, _| {
            Box::pin(async move { connection.execute("ROLLBACK").await.map(|_| true) })
        })
}
