//! What the program can be told to do beside serving: one file per command.
//!
//! Parsed by `main`, run in place of the server.

mod doctor;

use clap::Subcommand;
use std::process::ExitCode;

pub use doctor::Doctor;

/// What to do in place of serving.
#[derive(Subcommand)]
pub enum Command {
    /// Checks the configuration, and says how to put right what is wrong.
    Doctor(Doctor),
}

impl Command {
    /// Does it.
    pub async fn run(self) -> ExitCode {
        match self {
            Self::Doctor(doctor) => doctor.run().await,
        }
    }
}
