//! Errors of single variables, each a sentence with the variable and the fix.
//!
//! Shown by a server that refuses to start, and by commands that check a configuration. Never shows a value that may be
//! secret.

/// An error of a variable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// A variable whose value is in quotes. Its value may be secret.
    #[error(
        "{variable} is in quotes, and they are part of its value: write it without. Only shells and .env files \
         take them off, `docker --env-file` does not"
    )]
    Quoted {
        /// Its name.
        variable: &'static str,
    },
    /// `LEPTOS_ENV`.
    #[error("LEPTOS_ENV is {value:?}, which is none of DEV, DEVELOPMENT, PROD and PRODUCTION")]
    Environment {
        /// Its value.
        value: String,
    },
    /// `PORT`.
    #[error("PORT is {value:?}, which is not a port number")]
    Port {
        /// Its value.
        value: String,
    },
    /// A variable that has to be an address.
    #[error("{variable} is {value:?}, which is not an address such as 127.0.0.1:3000")]
    Address {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// An address for browsers.
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
    /// A variable about the built site.
    #[error("{variable} is {value:?}, which is not {example}")]
    Site {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// A value that would be accepted.
        example: &'static str,
    },
    /// A variable that has to be a number.
    #[error("{variable} is {value:?}, which is not a whole number from 1 up")]
    Count {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// `LOG_FORMAT`.
    #[error("LOG_FORMAT is {value:?}, which is neither text nor json")]
    LogFormat {
        /// Its value.
        value: String,
    },
    /// `TRUSTED_PROXIES`.
    #[error("TRUSTED_PROXIES has {0:?}, which is not an address or a network such as 10.0.0.0/8")]
    Proxies(String),
}

impl SettingError {
    /// The variable at fault.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        match self {
            Self::Quoted { variable }
            | Self::Address { variable, .. }
            | Self::PublicUrl { variable, .. }
            | Self::Site { variable, .. }
            | Self::Count { variable, .. } => variable,
            Self::Environment { .. } => "LEPTOS_ENV",
            Self::Port { .. } => "PORT",
            Self::LogFormat { .. } => "LOG_FORMAT",
            Self::Proxies(_) => "TRUSTED_PROXIES",
        }
    }
}
