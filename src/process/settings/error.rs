//! Errors of the settings, each a sentence with the variable and the fix.
//!
//! Shown by `main` when it refuses to start, and by the doctor. Never shows a value that may be secret.

use crate::process::development::NotThisMachine;
use authkit_leptos::server::Problems;
use authkit_local::hosts::{self, NotAHost};
use authkit_serve::settings::SettingError;

/// An error of the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
    /// Another variable of the login.
    #[error(transparent)]
    Login(#[from] authkit_cli::settings::SettingError),
    /// A variable of the server.
    #[error(transparent)]
    Server(#[from] SettingError),
    /// `DEV_HOSTS`.
    #[error("DEV_HOSTS: {0}")]
    Hosts(#[from] NotAHost),
    /// `EMULATOR_LISTENS_TO`.
    #[error(
        "EMULATOR_LISTENS_TO is {value:?}, which is not everyone; leave it out for this machine only"
    )]
    EmulatorListensTo {
        /// Its value.
        value: String,
    },
    /// `EMULATOR_ADDR` is reached by other machines, and `EMULATOR_LISTENS_TO` does not allow that.
    #[error("EMULATOR_ADDR: {0}")]
    EmulatorAddress(#[from] NotThisMachine),
    /// `EMULATOR_URL` names another machine, and `EMULATOR_LISTENS_TO` does not allow that.
    #[error("EMULATOR_URL: {0}")]
    EmulatorUrl(NotThisMachine),
    /// `DATABASE_URL`. Its value may have a password.
    #[error(
        "DATABASE_URL is not the URL of a PostgreSQL database, such as postgres://user@localhost/app; leave it out for an SQLite file in DATA_DIR"
    )]
    Database,
}

impl SettingsError {
    /// The variable at fault, unless it may be several.
    pub(in crate::process) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Login(error) => error.variable(),
            Self::Server(error) => Some(error.variable()),
            Self::Hosts(_) => Some(hosts::VARIABLE),
            Self::EmulatorListensTo { .. } => Some("EMULATOR_LISTENS_TO"),
            Self::EmulatorAddress(_) => Some("EMULATOR_ADDR"),
            Self::EmulatorUrl(_) => Some("EMULATOR_URL"),
            Self::Database => Some("DATABASE_URL"),
        }
    }
}
