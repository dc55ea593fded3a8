//! An app with an AuthKit of its own beside it, and a browser: for the tests of an app.
//!
//! [`App::start`] starts the real server, with its database in a folder of its own and the emulator beside it, both on ports
//! that are free; [`App::signed_in`] is a browser in which one of the emulator's users has signed in. Dropped, all of it is gone.
//!
//! In the tests of an app, `my_app::process::ThisApp` is what its process is made of:
//!
//! ```no_run
//! # use starter as my_app;
//! use authkit_test::ADA;
//! use my_app::process::ThisApp;
//!
//! type App = authkit_test::App<ThisApp>;
//!
//! # #[tokio::main]
//! # async fn main() {
//! let app = App::start().await;
//! let mut ada = app.signed_in(ADA).await;
//! let added = ada.mutate("add_number", &[("value", "7")]).await;
//! assert_eq!(added.status, 200);
//! let numbers = ada.query("list_numbers").await.json();
//! assert_eq!(numbers[0]["value"], 7);
//! # }
//! ```

mod app;
mod browser;
mod log;

pub use app::{ANY_PORT, App, LateAnswer, SESSION, emulator_settings, settings};
pub use browser::{Answer, Browser, parameter};
pub use log::Log;

/// A user of the emulator, in the organizations Acme and Globex.
pub const ADA: &str = "ada@example.com";
/// A user of the emulator, in no organization.
pub const ALAN: &str = "alan@example.com";
/// A user of the emulator, in the organization Acme.
pub const GRACE: &str = "grace@example.com";
