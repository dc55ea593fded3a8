//! PostgreSQL: what each connection is told, how it comes back to its pool, and one error that is a pooler's.
//!
//! Every pool of the app is made with [`postgres_options`]. A connection with an open transaction must never be handed
//! out: `sqlx` 0.8 does not know of a transaction whose beginning was dropped half-way, as when a client hangs up
//! (launchbadge/sqlx#4393; the rollback on release may go with the release that has #4394). SQLite needs none of it:
//! there `sqlx` rolls back what was begun in vain.

use sqlx::{Database, Executor, pool::PoolOptions};

/// Milliseconds: a statement may take three seconds, and a transaction that nothing happens in is ended after
/// thirty, should a process have been cut off in it. What a rollback says to a connection that has no
/// transaction is no news.
const SETTINGS: &str = "SET statement_timeout = 3000; SET idle_in_transaction_session_timeout = 30000; \
                        SET client_min_messages = error";

/// A pool's options, for PostgreSQL.
#[must_use]
pub fn postgres_options<DB>(options: PoolOptions<DB>) -> PoolOptions<DB>
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

/// Whether the database has lost a prepared statement, or has another one of the same name: a pooler assigns
/// connections for a transaction, and does not keep track of what is prepared on them.
#[must_use]
pub fn loses_statements(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // PostgreSQL's duplicate_prepared_statement and invalid_sql_statement_name.
    code.is_some_and(|code| ["42P05", "26000"].contains(&code.as_ref()))
}
