//! What the program does besides serving: the commands of authkit-cli, and those of this crate, one file each.
//!
//! An app parses one and gives it to [`run`](crate::run). A command prints its result to standard output and errors to standard error;
//! it never prints a secret.

mod audit;
mod backup;
mod doctor;
mod sync_users;

use crate::{app::App, database::Tables};
use clap::Subcommand;
use std::process::ExitCode;

/// A command, as it is typed. An app that has commands of its own flattens it among them.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// `doctor`, `explain`, `provision`, `routes`, `sessions`, `revoke` and `events`.
    #[command(flatten)]
    AuthKit(authkit_cli::Command),
    /// Bring the app's copy of its users up to date with WorkOS
    ///
    /// Asks WorkOS for all users, a hundred at a time and the oldest first, and keeps of each what is newer
    /// than what the database has. Users of the database that WorkOS has no more are asked for one by one,
    /// and marked as deleted: their names and addresses are erased, what they have added stays.
    ///
    /// Can be interrupted anywhere: the next run goes on where this one was. When WorkOS asks to slow down,
    /// it waits. Needed once for users who were there before the app, and when webhooks may have been lost.
    SyncUsers(authkit_users::SyncUsers),
    /// List who did what, oldest first
    ///
    /// Reads the app's database: sign-ins and sign-outs, sessions that were ended, organizations that were
    /// switched to, what users were refused, and what the app records itself. `authkit events` asks WorkOS instead.
    Audit(authkit_audit::Audit),
    /// Copy the SQLite database to a file, while the server runs
    ///
    /// The copy is one state of the database, with all that was committed before. It is checked, readable by its
    /// owner only, and gets its name once it is complete. No request waits for it. PostgreSQL has
    /// a program of its own for this.
    Backup(backup::Backup),
}

impl Command {
    /// Runs the command. The exit status is the command's own: 0 for yes, 1 for no, 2 when it could not start.
    pub(crate) async fn run<A: App>(self) -> ExitCode {
        match self {
            Self::AuthKit(command) => command.run(doctor::app::<A>()).await,
            Self::SyncUsers(sync) => sync_users::run(sync, Tables::of::<A>()).await,
            Self::Audit(audit) => audit::run(audit).await,
            Self::Backup(backup) => backup.run().await,
        }
    }
}
