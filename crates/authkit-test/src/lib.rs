//! An app with an AuthKit of its own beside it, and a browser: for the tests of an app.
//!
//! [`App::start`] starts the real server, with its database in a folder of its own and the emulator beside it, both on ports
//! that are free; [`App::signed_in`] is a browser in which one of the emulator's users has signed in. Dropped, all of it is gone.
//! Called by the tests of an app, and by those of this repository. It is no part of what is deployed.

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

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
