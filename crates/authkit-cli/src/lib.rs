//! The commands `doctor`, `events`, `explain`, `provision`, `revoke`, `routes` and `sessions`, for apps that sign in with
//! WorkOS AuthKit through authkit-leptos.
//!
//! There are two ways to run them. The program `authkit` knows the variables of the login. An app that mounts
//! [`Command`] beside its own commands gives `doctor` checks of its own, by [`App::also`]:
//!
//! ```
//! use authkit_cli::{App, Command};
//! use clap::Parser;
//! use std::process::ExitCode;
//!
//! #[derive(Parser)]
//! enum Arguments {
//!     #[command(flatten)]
//!     AuthKit(Command),
//!     /// A command of the app's own
//!     Import,
//! }
//!
//! async fn run(arguments: Arguments) -> ExitCode {
//!     match arguments {
//!         Arguments::AuthKit(command) => command.run(App::default()).await,
//!         Arguments::Import => ExitCode::SUCCESS,
//!     }
//! }
//! # use clap::CommandFactory;
//! # assert!(Arguments::command().find_subcommand("doctor").is_some());
//! ```
//!
//! A command prints its result to standard output and errors to standard error. None prints a secret.

mod account;
mod app;
mod doctor;
pub mod emulator;
mod env_file;
mod events;
mod explain;
mod login;
pub mod obstacle;
mod patiently;
mod provision;
mod refuse;
mod revoke;
mod routes;
mod sessions;
pub mod settings;
mod since;
mod typed;
mod user;
mod when;

pub use app::App;
pub use doctor::{
    Check, Database, Doctor, Name, Outcome, OwnName, POOLER_FIX, Place, Reading,
    development_variables, loses_statements, server_variables,
};
pub use env_file::read_env_file;
pub use events::Events;
pub use explain::Explain;
pub use patiently::patiently;
pub use provision::Provision;
pub use refuse::refuse;
pub use revoke::Revoke;
pub use routes::Routes;
pub use sessions::Sessions;
pub use since::Since;
pub use typed::WithoutValues;
pub use when::when;

use clap::Subcommand;
use std::process::ExitCode;

/// The commands. An app flattens them into its own.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of a token who accepts it, or which check it fails
    Explain(Explain),
    /// Check the configuration, and say how to put right what is wrong
    ///
    /// Looks at every variable, the cookie password and flags, the redirect URI, the database and what the
    /// app adds. Asks WorkOS whether it accepts the API key, whether the client id belongs to it,
    /// whether the redirect URI is registered, which keys and which issuer tokens have, and what time it
    /// is. Changes nothing, there or here, and never prints a secret.
    ///
    /// With --url it looks at an app that runs, through the proxies in front of it: whether it is reached, under
    /// its own name and over https, whether pages arrive unchanged and are kept by no cache, whether a WebSocket
    /// opens, and whether long headers come through.
    ///
    /// Each failure is one cause: what it makes impossible to look at is skipped, and not reported as a
    /// second failure. The exit status is 1 if anything fails; warnings do not count.
    Doctor(Doctor),
    /// Register this app's addresses at WorkOS: redirect URI, sign-out URI and CORS origin
    ///
    /// Asks WorkOS whether it knows the redirect URI and its origin, and registers what is missing. Can be
    /// run as often as one likes, also before each deployment. Says of each address what became of it,
    /// and if it could not be registered, why and where to do it by hand. Never prints a secret.
    Provision(Provision),
    /// List this app's routes, and who may ask for each: the protection by path
    ///
    /// Knows the routes that the app names: pages, server functions and others; and those of the login. Warns of
    /// patterns that are for none of these. Starts nothing and asks nobody.
    Routes(Routes),
    /// List a user's sessions at WorkOS: since when, by which method, from where
    ///
    /// Says of each session its id, when it began, how and from which address and browser its user signed in,
    /// and who impersonates the user, if that is so. Changes nothing.
    Sessions(Sessions),
    /// End sessions at WorkOS: those of these ids, or all of a user
    ///
    /// Ends them in the app as well, at once, where this program knows the app's database. Says of each what
    /// became of it, and how soon the app notices. One that had ended already is not an error.
    Revoke(Revoke),
    /// List what has happened at WorkOS: sign-ins, sessions, users, memberships
    ///
    /// One line for each event, the newest last. With --follow it goes on and prints what happens. Never prints
    /// a token, a code or a secret.
    Events(Events),
}

impl Command {
    /// Runs the command for this app. The exit status is the command's own: 0 for yes, 1 for no, 2 when it could not
    /// start.
    pub async fn run(self, app: App) -> ExitCode {
        match self {
            Self::Doctor(doctor) => doctor.run(app).await,
            Self::Explain(explain) => explain.run(&app).await,
            Self::Provision(provision) => provision.run(&app).await,
            Self::Routes(routes) => routes.run(app),
            Self::Sessions(sessions) => sessions.run(&app).await,
            Self::Revoke(revoke) => revoke.run(&app).await,
            Self::Events(events) => events.run(&app).await,
        }
    }
}

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
