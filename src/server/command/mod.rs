//! What the program does besides serving: one command, one file.
//!
//! Called by `main` when a command is given. Prints to standard output, complains to standard error, and
//! never prints a secret.

mod explain;

use clap::Subcommand;
use std::process::ExitCode;

/// A command, as it is typed.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of a token who accepts it, or which check it fails.
    Explain(explain::Explain),
}

impl Command {
    /// Does it. The exit status is each command's own: 0 for yes, 1 for no, 2 for "could not even try".
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Explain(explain) => explain.run().await,
        }
    }

    /// Says why it could not even try, as clap does for what it can't parse.
    pub fn refuse(error: impl std::fmt::Display) -> ExitCode {
        eprintln!("error: {error}");
        ExitCode::from(2)
    }
}
