//! What the program does besides serving: one file per command.
//!
//! Called by `main` alone. A command's result goes to standard output, what is in its way to standard
//! error; it never prints a secret.

mod doctor;
mod provision;

use super::{AuthKitSettings, Settings};
use crate::authkit::server::Config;
use clap::Subcommand;
use std::process::ExitCode;

/// The commands. Without one, the program serves.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the configuration, and say how to put right what is wrong
    ///
    /// Looks at every variable, the cookie password and flags, the redirect URI, the database and the
    /// built site. Asks WorkOS whether it accepts the API key, whether the client id belongs to it,
    /// whether the redirect URI is registered, which keys and which issuer tokens have, and what time it
    /// is. Changes nothing, there or here, and never prints a secret.
    ///
    /// Each failure is one cause: what it makes impossible to look at is skipped, and not reported as a
    /// second failure. The exit status is 1 if anything fails; warnings do not count.
    Doctor(doctor::Arguments),
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
    /// Does it. The exit status is 0 when all went well, 1 when not.
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Doctor(arguments) => doctor::run(arguments).await,
            Self::Provision(arguments) => provision::run(arguments).await,
        }
    }
}
