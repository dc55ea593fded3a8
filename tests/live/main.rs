//! Live queries as a page meets them: over a WebSocket, with a session, on SQLite and on PostgreSQL.

mod app;
mod endings;
mod following;
mod hanging_up;
mod outages;
mod page;
mod refusals;
mod rights;
mod tally;
mod turns;

use test_support::{app as support, deaf, postgres, process};

/// The app, as it is deployed.
const PROGRAM: &str = env!("CARGO_BIN_EXE_starter");
