//! How an app signs in, as the environment configures it.
//!
//! Called by the commands that need a whole configuration; the doctor reads what there is of one by itself.

use crate::{app::App, settings::SettingError};
use authkit_leptos::server::Config;
use authkit_serve::settings::is_production;
use std::env;

/// How an app signs in.
pub enum Login {
    /// With WorkOS, or with another server that speaks its protocol.
    WorkOs(Box<Config>),
    /// With the emulator of this machine: no WORKOS variable is set.
    Emulator,
    /// Not at all: no WORKOS variable is set, and there is no emulator.
    Missing,
}

impl Login {
    /// Reads the variables as the server does: in production, values that are not safe are an error.
    pub fn read(app: &App) -> Result<Self, SettingError> {
        let variable = |name: &str| env::var(name).ok();
        let production = is_production(variable, app.production)?;
        let config = match production {
            true => Config::read(variable)?,
            false => Config::read_for_development(variable)?.map(|(config, _)| config),
        };
        Ok(match config {
            Some(config) => Self::WorkOs(Box::new(config)),
            None if app.emulator && !production => Self::Emulator,
            None => Self::Missing,
        })
    }
}
