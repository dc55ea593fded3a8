//! What the program does besides serving: one file per command.
//!
//! Called by `main` alone. A command's result goes to standard output, what is in its way to standard
//! error; it never prints a secret.

mod explain;
mod provision;

use super::{AuthKitSettings, Settings};
use crate::authkit::server::Config;
use clap::Subcommand;
use std::process::ExitCode;

/// The commands. Without one, the program serves.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of a token who accepts it, or which check it fails
    Explain(explain::Arguments),
    /// Register this app's addresses at WorkOS: redirect URI, sign-out URI and CORS origin
    Provision(provision::Arguments),
}

/// How sign-in is configured; `None` when it uses the emulator of this machine.
///
/// # Errors
/// The exit status, once everything that is wrong has been said.
fn configuration() -> Result<Option<Config>, ExitCode> {
    let refuse = |problem: &dyn std::fmt::Display| {
        eprintln!("\n{problem}\n");
        ExitCode::FAILURE
    };
    let settings = Settings::read(|name| std::env::var(name).ok());
    match settings.map_err(|error| refuse(&error))?.authkit {
        AuthKitSettings::WorkOs(config) => Ok(Some(*config)),
        #[cfg(any(debug_assertions, feature = "emulator"))]
        AuthKitSettings::Emulator(_) => Ok(None),
        AuthKitSettings::Missing => Err(refuse(&Config::nothing_set())),
    }
}

impl Command {
    /// Does it. The exit status is 0 when all went well, 1 when not, 2 when it could not even be tried.
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Explain(arguments) => explain::run(arguments).await,
            Self::Provision(arguments) => provision::run(arguments).await,
        }
    }
}
