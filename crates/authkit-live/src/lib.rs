//! Live queries: what a page shows is what the database has, in every open browser, as it changes.
//!
//! A query is a type ([`LiveQuery`]). The server runs it for the page ([`server::Live::preload`]); a list
//! (`server::LiveList`) or an island shows the answer and follows it. Whoever writes says which
//! [topics](server::Write::changed) have changed, in the same transaction; each query of these topics is
//! then run once, however many are watching. Knows nothing of what is asked; uses `authkit` to know who
//! asks, and nothing of the app.

#![recursion_limit = "256"]

mod address;
mod address_bar;
mod arguments;
#[cfg(any(feature = "hydrate", test))]
mod asked;
#[cfg(feature = "hydrate")]
mod browser;
mod call;
mod changing;
pub mod close;
mod connection;
mod forms;
mod list;
mod message;
mod mutation;
#[cfg(any(feature = "hydrate", test))]
mod pace;
mod page_start;
mod parts;
mod query;
#[cfg(any(feature = "hydrate", test))]
mod retry;
#[cfg(feature = "ssr")]
pub mod server;
mod shown;
mod ui;
mod values;

pub use address::{Arguments, FromAddress, link_to};
pub use address_bar::{AddressBar, use_address_bar};
pub use arguments::{Wrong, arguments};
pub use call::call;
pub use changing::{ChangingQuery, use_live_query_of};
pub use connection::{Connection, STREAM};
pub use forms::{
    Field, FieldProblem, Form, FormField, FormProblem, Forms, LiveForm, MakeForm, Sent, TextArea,
    is_pending, use_forms,
};
pub use list::LiveRows;
pub use message::{FromServer, Problem, ToServer};
pub use mutation::{Done, KEY_FIELD, KEY_HEADER, Mutation, Refused};
pub use page_start::{PageStart, RefusedForm};
pub use parts::{
    ConnectionState, News, NewsRegion, RelativeTime, is_alive, ticking, typed_early, use_news,
    words,
};
#[cfg(feature = "ssr")]
pub use parts::{Moment, Time, moment};
pub use query::{LiveQuery, Preloaded, Revision, Topic, Written};
pub use ui::{LiveQueryHandle, Pending, use_connection, use_live_query};
pub use values::{Limits, Line, NotText, NotWhole, Text, Whole};

/// Compiles the example of the README.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
