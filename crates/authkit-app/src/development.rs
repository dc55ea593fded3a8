//! Sign-in without an account: the emulator beside the server.
//!
//! In debug builds and with the feature `emulator`; other builds have `development_absent.rs` in its place, and nothing
//! of the emulator. `Server::build` starts it.

use crate::settings::EmulatorSettings;
use authkit_cli::settings::DevelopmentSettings;
use authkit_emulator::{Beside, BesideError, seed_file};
use authkit_leptos::server::{Config, Problems};
use authkit_local::listeners;
use std::net::SocketAddr;

pub use authkit_emulator::Emulator;

/// Why the emulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// The emulator's own error.
    #[error(transparent)]
    Emulator(#[from] BesideError),
    /// The emulator's values are not a configuration: a mistake in this program.
    #[error(transparent)]
    Configuration(#[from] Problems),
}

/// Starts the emulator for a server at `app`. Returns the configuration of a sign-in with it.
pub async fn start(
    settings: &EmulatorSettings,
    development: &DevelopmentSettings,
    app: SocketAddr,
) -> Result<(Config, Emulator), DevelopmentError> {
    let here = listeners::base_url(app);
    let app_url = development.app_url.as_ref();
    let emulator_url = development.emulator_url.as_ref();
    let beside = Beside {
        origin: app_url.map_or_else(|| here.clone(), ToString::to_string),
        here,
        addr: settings.addr,
        public_url: emulator_url.map(ToString::to_string),
        hosts: development.hosts.clone(),
        listens_to_everyone: development.emulator_listens_to_everyone,
        seed_file: seed_file(development.emulator_seed.clone()),
        folder: settings.state_dir.clone(),
    };
    let (emulator, variables) = beside.start().await?;
    let read = Config::read_for_development(|name| variables.get(name).map(str::to_owned))?;
    // Warnings about addresses that other machines reach are dropped: EMULATOR_LISTENS_TO allows these.
    let (mut config, _) = read.ok_or_else(Config::nothing_set)?;
    config.browser_api = Some(emulator.public_url().to_owned());
    Ok((config, emulator))
}
