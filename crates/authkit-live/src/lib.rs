//! Live queries: what a page shows is what the database has, in every open browser, as it changes.
//!
//! A query is a type ([`LiveQuery`]). The server runs it for the page ([`server::Live::preload`]), an
//! island shows the answer and follows it. Whoever writes says which [topics](server::Write::changed)
//! have changed, in the same transaction; each query of these topics is then run once, however many
//! are watching. Knows nothing of what is asked; uses `authkit` to know who asks, and nothing of the app.

#![recursion_limit = "256"]

mod address;
mod address_bar;
#[cfg(any(feature = "hydrate", test))]
mod asked;
#[cfg(feature = "hydrate")]
mod browser;
mod changing;
pub mod close;
mod connection;
mod message;
#[cfg(any(feature = "hydrate", test))]
mod pace;
mod query;
#[cfg(any(feature = "hydrate", test))]
mod retry;
#[cfg(feature = "ssr")]
pub mod server;
mod shown;
mod ui;

pub use address::{Arguments, FromAddress, link_to};
pub use address_bar::{AddressBar, use_address_bar};
pub use changing::{ChangingQuery, use_live_query_of};
pub use connection::{Connection, STREAM};
pub use message::{FromServer, Problem, ToServer};
pub use query::{LiveQuery, Preloaded, Revision, Topic, Written};
pub use ui::{LiveQueryHandle, Pending, use_connection, use_live_query};
