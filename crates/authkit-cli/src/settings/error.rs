//! Errors of single variables, each a sentence with the variable and the fix.
//!
//! Shown by the commands, and by a server that refuses to start. Never shows a value that may be secret.

use authkit_leptos::server::{
    Problems, UnknownBearerTokens,
    config::{FRAME_ANCESTORS, NotASite},
    token::ProvidersError,
};
use authkit_local::{
    NotThisMachine, emulator,
    hosts::{self, NotAHost},
};

/// An error of a variable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
    /// A variable of the server, or one in quotes.
    #[error(transparent)]
    Server(#[from] authkit_serve::settings::SettingError),
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
}

impl SettingError {
    /// The variable that is wrong, unless several may be.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Server(error) => Some(error.variable()),
            Self::Providers(_) => Some("AUTH_PROVIDERS"),
            Self::BearerTokens { .. } => Some("BEARER_TOKENS"),
            Self::FrameAncestors(_) => Some(FRAME_ANCESTORS),
            Self::Hosts(_) => Some(hosts::VARIABLE),
            Self::EmulatorListensTo { .. } => Some("EMULATOR_LISTENS_TO"),
            Self::EmulatorAddress(_) => Some(emulator::ADDR),
            Self::EmulatorUrl(_) => Some("EMULATOR_URL"),
        }
    }
}
