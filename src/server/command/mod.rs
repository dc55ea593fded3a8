//! What the program does besides serving: one command, one file.
//!
//! Called by `main` when a command is given. A command's result goes to standard output, what is in its
//! way to standard error; it never prints a secret.

mod explain;
mod provision;

use super::{AuthKitSettings, Settings};
use crate::authkit::server::Config;
use clap::Subcommand;
use std::process::ExitCode;

/// A command, as it is typed.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of a token who accepts it, or which check it fails
    Explain(explain::Explain),
    /// Register this app's addresses at WorkOS: redirect URI, sign-out URI and CORS origin
    Provision(provision::Provision),
}

impl Command {
    /// Does it. The exit status is each command's own: 0 for yes, 1 for no, 2 for "could not even try".
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Explain(explain) => explain.run().await,
            Self::Provision(provision) => provision.run().await,
        }
    }

    /// Says why it could not even try, as clap does for what it can't parse.
    pub fn refuse(error: impl std::fmt::Display) -> ExitCode {
        eprintln!("error: {error}");
        ExitCode::from(2)
    }
}

/// How sign-in is configured; `None` when it uses the emulator of this machine.
///
/// # Errors
/// The exit status, once everything that is wrong has been said.
fn configuration() -> Result<Option<Config>, ExitCode> {
    let settings = Settings::read(|name| std::env::var(name).ok());
    match settings.map_err(Command::refuse)?.authkit {
        AuthKitSettings::WorkOs(config) => Ok(Some(*config)),
        #[cfg(any(debug_assertions, feature = "emulator"))]
        AuthKitSettings::Emulator(_) => Ok(None),
        AuthKitSettings::Missing => Err(Command::refuse(Config::nothing_set())),
    }
}
