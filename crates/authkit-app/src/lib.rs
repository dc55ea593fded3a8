//! The process of an app with AuthKit login, live queries and a database: settings in, a running server out; and the commands
//! of its program.
//!
//! An app says what it is by [`App`], and its `main` parses a [`Command`] and calls [`run`]. [`Settings`] are read from the
//! environment; [`Server`] is built of both. Pages and routes get an [`AppContext`]. Knows an app by that trait, and no feature of it.
//!
//! A whole program:
//!
//! ```no_run
#![doc = include_str!("../examples/small.rs")]
//! ```

mod admit;
mod app;
mod app_context;
mod command;
mod database;
#[cfg_attr(
    not(any(debug_assertions, feature = "emulator")),
    path = "development_absent.rs"
)]
mod development;
#[doc(hidden)]
pub mod fixed;
pub mod inspect;
mod metrics;
mod pages;
mod protection;
mod router;
mod run;
mod server;
mod settings;
mod start_error;

pub use admit::OnSignIn;
pub use app::{App, AppRoute};
pub use app_context::AppContext;
pub use authkit_audit::Keep;
pub use authkit_cli::settings::DevelopmentSettings;
pub use authkit_serve::{
    AddressLimits, ConnectionLimits, Site, TrustedProxies, settings::PublicUrl,
};
pub use command::Command;
pub use database::DatabaseError;
pub use development::Emulator;
pub use pages::{PageContext, PageSettings, load_early};
pub use run::{parse, run};
pub use server::Server;
pub use settings::{AuthKitSettings, DatabaseSettings, EmulatorSettings, Settings, SettingsError};
pub use start_error::StartError;

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
