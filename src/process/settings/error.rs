//! Errors of the settings, each a sentence with the variable and the fix.
//!
//! Shown by `main` when it refuses to start, and by the doctor. Never shows a value that may be secret.

use crate::process::development::NotThisMachine;
use authkit_cli::settings::SettingError;
use authkit_leptos::server::Problems;
use authkit_local::hosts::{self, NotAHost};

/// An error of the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
    /// A variable that the login's commands read, too.
    #[error(transparent)]
    Setting(#[from] SettingError),
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
    /// `APP_URL` or `EMULATOR_URL`.
    #[error(
        "{variable} is {value:?}, which is not an address for browsers: write scheme, host and port, such as \
         https://name-3000.app.github.dev or http://localhost:8080. The app can't be below a path"
    )]
    PublicUrl {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// Another variable, about the built site.
    #[error("{variable} is {value:?}, which is not {example}")]
    Site {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// A value that would be accepted.
        example: &'static str,
    },
    /// Another variable, about a number.
    #[error("{variable} is {value:?}, which is not a whole number from 1 up")]
    Count {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// `TRUSTED_PROXIES`.
    #[error("TRUSTED_PROXIES has {0:?}, which is not an address or a network such as 10.0.0.0/8")]
    Proxies(String),
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
            Self::Setting(error) => error.variable(),
            Self::PublicUrl { variable, .. }
            | Self::Site { variable, .. }
            | Self::Count { variable, .. } => Some(variable),
            Self::Hosts(_) => Some(hosts::VARIABLE),
            Self::EmulatorListensTo { .. } => Some("EMULATOR_LISTENS_TO"),
            Self::EmulatorAddress(_) => Some("EMULATOR_ADDR"),
            Self::EmulatorUrl(_) => Some("EMULATOR_URL"),
            Self::Proxies(_) => Some("TRUSTED_PROXIES"),
            Self::Database => Some("DATABASE_URL"),
        }
    }
}
