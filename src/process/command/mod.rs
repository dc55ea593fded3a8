//! What the program does besides serving: one command, one file.
//!
//! Called by `main` when a command is given. A command's result goes to standard output, what is in its
//! way to standard error; it never prints a secret.

mod doctor;
mod explain;
mod obstacle;
mod provision;
mod sync_users;
mod typed;

use super::{AuthKitSettings, Settings};
use authkit_leptos::server::Config;
use clap::Subcommand;
use std::process::ExitCode;

pub use typed::WithoutValues;

/// A command, as it is typed.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of a token who accepts it, or which check it fails
    Explain(explain::Explain),
    /// Check the configuration, and say how to put right what is wrong
    ///
    /// Looks at every variable, the cookie password and flags, the redirect URI, the database and the
    /// built site. Asks WorkOS whether it accepts the API key, whether the client id belongs to it,
    /// whether the redirect URI is registered, which keys and which issuer tokens have, and what time it
    /// is. Changes nothing, there or here, and never prints a secret.
    ///
    /// With --url it looks at an app that runs, through the proxies in front of it: whether it is reached, under
    /// its own name and over https, whether pages arrive unchanged and are kept by no cache, whether a WebSocket
    /// opens, and whether long headers come through.
    ///
    /// Each failure is one cause: what it makes impossible to look at is skipped, and not reported as a
    /// second failure. The exit status is 1 if anything fails; warnings do not count.
    Doctor(doctor::Doctor),
    /// Register this app's addresses at WorkOS: redirect URI, sign-out URI and CORS origin
    ///
    /// Asks WorkOS whether it knows the redirect URI and its origin, and registers what is missing. Can be
    /// run as often as one likes, also before each deployment. Says of each address what became of it,
    /// and if it could not be registered, why and where to do it by hand. Never prints a secret.
    Provision(provision::Provision),
    /// Bring the app's copy of its users up to date with WorkOS
    ///
    /// Asks WorkOS for all users, a hundred at a time and the oldest first, and keeps of each what is newer
    /// than what the database has. Users of the database that WorkOS has no more are asked for one by one,
    /// and marked as deleted: their names and addresses are erased, what they have added stays.
    ///
    /// Can be interrupted anywhere: the next run goes on where this one was. When WorkOS asks to slow down,
    /// it waits. Needed once for users who were there before the app, and when webhooks may have been lost.
    SyncUsers(sync_users::SyncUsers),
}

impl Command {
    /// Does it. The exit status is each command's own: 0 for yes, 1 for no, 2 for "could not even try".
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Doctor(doctor) => doctor.run().await,
            Self::Explain(explain) => explain.run().await,
            Self::Provision(provision) => provision.run().await,
            Self::SyncUsers(sync) => sync.run().await,
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
        AuthKitSettings::Emulator(_) => Ok(None),
        AuthKitSettings::Missing => Err(Command::refuse(Config::nothing_set())),
    }
}
