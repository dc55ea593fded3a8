//! The development of a build that has none: no emulator, and no page for developers.
//!
//! Stands in for `development.rs`, with the same names. `Settings::read` never chooses the emulator here; its values
//! can't be made, and starting one fails as a server does that has no WORKOS variable.

use crate::settings::EmulatorSettings;
use authkit_cli::settings::DevelopmentSettings;
use authkit_leptos::server::{Config, Problems};
use std::{convert::Infallible, net::SocketAddr};

/// An emulator: there is none.
pub struct Emulator(Infallible);

impl Emulator {
    /// Its address on this machine.
    pub fn base_url(&self) -> &str {
        match self.0 {}
    }

    /// Its address for browsers.
    pub fn public_url(&self) -> &str {
        match self.0 {}
    }

    /// Stops it.
    pub async fn shutdown(self) {
        match self.0 {}
    }
}

/// Why the emulator could not start.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DevelopmentError(#[from] Problems);

/// Says which WORKOS variables are missing.
pub async fn start(
    _: &EmulatorSettings,
    _: &DevelopmentSettings,
    _: SocketAddr,
) -> Result<(Config, Emulator), DevelopmentError> {
    Err(Config::nothing_set().into())
}
