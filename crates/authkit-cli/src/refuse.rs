//! How a command says that it could not start.
//!
//! Called by every command of this crate, and by those of apps.

use std::{fmt::Display, process::ExitCode};

/// Prints why a command could not start, in the form of clap's own errors, and returns the exit status.
pub fn refuse(error: impl Display) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}
