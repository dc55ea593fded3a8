//! Live queries as a page meets them: over a WebSocket, with a session, on SQLite and on PostgreSQL.

mod app;
mod client;
mod database;
mod endings;
mod exactly_once;
mod following;
mod hanging_up;
mod keys;
mod outages;
mod page;
mod refusals;
mod rights;
mod tally;
mod turns;

use test_app::{app as support, process};
use test_support::{deaf, postgres};

/// The app, as it is deployed.
const PROGRAM: &str = env!("CARGO_BIN_EXE_starter");
