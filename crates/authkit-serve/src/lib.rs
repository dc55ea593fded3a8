//! The process around an axum app: listeners, an accept loop with deadlines and limits, layers around all routes, the files
//! of the built site, draining and stopping.
//!
//! [`Server`] listens and serves; [`Layers`] stand around an app's routes; [`with_files`] serves a built site;
//! [`settings`] are the variables of all that, [`telemetry`] is the log, and [`metrics`] is what Prometheus asks for. Knows nothing of what is served: no page, no
//! login, no database. TLS and HTTP/2 are the business of the proxy in front.
//!
//! A whole server:
//!
//! ```no_run
#![doc = include_str!("../examples/small.rs")]
//! ```
//!
//! One request, in order: `accept` admits the connection if [`ConnectionLimits`] has a place for it and gives its head a
//! deadline; [`Layers`] add the headers, check the request's head, redirect a slash too many, count it by
//! [client address](TrustedProxies), and log it; the app answers.

mod accept;
mod address_limits;
mod client_address;
mod connections;
mod drain;
mod files;
mod head_deadline;
mod headers;
mod layers;
mod log_pace;
pub mod metrics;
mod readiness;
mod refusal;
mod request_head;
mod server;
pub mod settings;
mod site;
mod socket;
pub mod telemetry;
#[cfg(feature = "opentelemetry")]
mod traces;
mod trailing_slash;

pub use address_limits::{AddressLimiter, AddressLimits};
pub use authkit_local::listeners::{ListenError, Listeners};
pub use client_address::{Peer, TrustedProxies};
pub use connections::ConnectionLimits;
pub use drain::{HEALTH, health};
pub use files::{FILES, with_files};
pub use layers::Layers;
pub use readiness::{READY, Readiness};
pub use server::{Server, stop_signal};
pub use site::Site;

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
