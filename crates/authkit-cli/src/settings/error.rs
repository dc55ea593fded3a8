//! Errors of single variables, each a sentence with the variable and the fix.
//!
//! Shown by the commands, and by a server that refuses to start. Never shows a value that may be secret.

use authkit_leptos::server::{
    Problems, UnknownBearerTokens,
    config::{FRAME_ANCESTORS, NotASite},
    token::ProvidersError,
};

/// An error of a variable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
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
    /// `AUTH_PROVIDERS`.
    #[error("AUTH_PROVIDERS: {0}")]
    Providers(#[from] ProvidersError),
    /// `BEARER_TOKENS`.
    #[error("BEARER_TOKENS is {value:?}, which {error}; leave it out for accept")]
    BearerTokens {
        /// Its value.
        value: String,
        /// The error.
        error: UnknownBearerTokens,
    },
    /// `FRAME_ANCESTORS`.
    #[error("FRAME_ANCESTORS: {0}")]
    FrameAncestors(#[from] NotASite),
}

impl SettingError {
    /// The variable that is wrong, unless several may be.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Quoted { variable } | Self::Address { variable, .. } => Some(variable),
            Self::Environment { .. } => Some("LEPTOS_ENV"),
            Self::Port { .. } => Some("PORT"),
            Self::Providers(_) => Some("AUTH_PROVIDERS"),
            Self::BearerTokens { .. } => Some("BEARER_TOKENS"),
            Self::FrameAncestors(_) => Some(FRAME_ANCESTORS),
        }
    }
}
