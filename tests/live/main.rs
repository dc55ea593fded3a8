//! Live queries as a page meets them: over a WebSocket, with a session, on SQLite and on PostgreSQL.

mod app;
#[path = "../app/deaf.rs"]
mod deaf;
mod endings;
mod following;
mod hanging_up;
mod outages;
mod page;
#[path = "../app/postgres.rs"]
#[allow(
    dead_code,
    reason = "shared with other tests, which use other parts of it"
)]
mod postgres;
#[path = "../app/process.rs"]
#[allow(dead_code, reason = "as above")]
mod process;
mod refusals;
mod rights;
#[path = "../app/support.rs"]
#[allow(dead_code, reason = "as above")]
mod support;
mod tally;
mod turns;
