//! Errors of the settings, each a sentence with the variable and the fix.
//!
//! Shown by [`run`](crate::run) when it refuses to start, and by the doctor. Never shows a value that may be secret.

use authkit_leptos::server::Problems;
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
    /// `DATABASE_URL`. Its value may have a password.
    #[error(
        "DATABASE_URL is not the URL of a PostgreSQL database, such as postgres://user@localhost/app; leave it out for an SQLite file in DATA_DIR"
    )]
    Database,
}

impl SettingsError {
    /// The variable at fault, unless it may be several.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Login(error) => error.variable(),
            Self::Server(error) => Some(error.variable()),
            Self::Database => Some("DATABASE_URL"),
        }
    }
}
