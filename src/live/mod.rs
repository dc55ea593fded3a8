//! Live queries: what a page shows is what the database has, in every open browser, as it changes.
//!
//! A query is a type ([`LiveQuery`]). The server runs it for the page ([`server::Live::preload`]), an
//! island shows the answer and follows it. Whoever writes says which [topics](server::Write::changed)
//! have changed, in the same transaction; each query of these topics is then run once, however many
//! are watching. Knows nothing of what is asked; uses `authkit` to know who asks, and nothing of the app.

pub mod close;
mod message;
mod query;
#[cfg(feature = "ssr")]
pub mod server;

pub use message::{FromServer, Problem, ToServer};
pub use query::{LiveQuery, Preloaded, Revision, Topic, Written};

/// Where the stream is: a WebSocket (RFC 6455).
pub const STREAM: &str = "/live";
