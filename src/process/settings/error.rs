//! What is wrong with the settings, in a sentence with the variable and what to do about it.
//!
//! Shown by `main` as the start ends, and by the doctor. Never shows a value that may be secret.

use crate::authkit::server::{
    Problems, UnknownBearerTokens,
    config::{FRAME_ANCESTORS, NotASite},
    token::ProvidersError,
};
use crate::process::development::NotThisMachine;
use authkit_local::hosts::{self, NotAHost};

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
    /// Another variable, with quotes that should have been taken off. Its value may be secret.
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
        /// What it says.
        value: String,
    },
    /// `DEV_HOSTS`.
    #[error("DEV_HOSTS: {0}")]
    Hosts(#[from] NotAHost),
    /// `EMULATOR_LISTENS_TO`.
    #[error(
        "EMULATOR_LISTENS_TO is {value:?}, which is not everyone; leave it out for this machine only"
    )]
    EmulatorListensTo {
        /// What it says.
        value: String,
    },
    /// `EMULATOR_ADDR`, without the variable that allows it.
    #[error("EMULATOR_ADDR: {0}")]
    EmulatorAddress(#[from] NotThisMachine),
    /// `EMULATOR_URL`, without the variable that allows it.
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
        /// What it says.
        value: String,
    },
    /// `PORT`.
    #[error("PORT is {value:?}, which is not a port number")]
    Port {
        /// What it says.
        value: String,
    },
    /// Another variable.
    #[error("{variable} is {value:?}, which is not an address such as 127.0.0.1:3000")]
    Address {
        /// Its name.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// Another variable, about the built site.
    #[error("{variable} is {value:?}, which is not {example}")]
    Site {
        /// Its name.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What it could say.
        example: &'static str,
    },
    /// Another variable, about a number.
    #[error("{variable} is {value:?}, which is not a whole number from 1 up")]
    Count {
        /// Its name.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// `TRUSTED_PROXIES`.
    #[error("TRUSTED_PROXIES has {0:?}, which is not an address or a network such as 10.0.0.0/8")]
    Proxies(String),
    /// `AUTH_PROVIDERS`.
    #[error("AUTH_PROVIDERS: {0}")]
    Providers(#[from] ProvidersError),
    /// `BEARER_TOKENS`.
    #[error("BEARER_TOKENS is {value:?}, which {error}; leave it out for accept")]
    BearerTokens {
        /// What it says.
        value: String,
        /// What is wrong with it.
        error: UnknownBearerTokens,
    },
    /// `FRAME_ANCESTORS`.
    #[error("FRAME_ANCESTORS: {0}")]
    FrameAncestors(#[from] NotASite),
    /// `DATABASE_URL`. What it says may hold a password.
    #[error(
        "DATABASE_URL is not the URL of a PostgreSQL database, such as postgres://user@localhost/app; leave it out for an SQLite file in DATA_DIR"
    )]
    Database,
}

impl SettingsError {
    /// The variable that is wrong, unless several may be.
    pub(in crate::process) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Address { variable, .. }
            | Self::PublicUrl { variable, .. }
            | Self::Site { variable, .. }
            | Self::Count { variable, .. }
            | Self::Quoted { variable } => Some(variable),
            Self::Environment { .. } => Some("LEPTOS_ENV"),
            Self::Hosts(_) => Some(hosts::VARIABLE),
            Self::EmulatorListensTo { .. } => Some("EMULATOR_LISTENS_TO"),
            Self::EmulatorAddress(_) => Some("EMULATOR_ADDR"),
            Self::EmulatorUrl(_) => Some("EMULATOR_URL"),
            Self::Port { .. } => Some("PORT"),
            Self::Proxies(_) => Some("TRUSTED_PROXIES"),
            Self::Providers(_) => Some("AUTH_PROVIDERS"),
            Self::BearerTokens { .. } => Some("BEARER_TOKENS"),
            Self::FrameAncestors(_) => Some(FRAME_ANCESTORS),
            Self::Database => Some("DATABASE_URL"),
        }
    }
}
