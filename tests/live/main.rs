//! Live queries as a page meets them: over a WebSocket, with a session, on SQLite and on PostgreSQL.

mod app;
mod arguments;
mod client;
mod database;
mod endings;
mod exactly_once;
mod following;
mod hanging_up;
mod keys;
/// The example of queries whose arguments change, as it is.
#[path = "../../crates/authkit-live/examples/notes/src/notes/mod.rs"]
mod notes;
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
