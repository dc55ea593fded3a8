//! Which other machines may reach a server in development: none by default.
//!
//! Read with the other settings; the app's hosts and the emulator go by it.

use super::error::SettingError;
use authkit_local::{
    NotThisMachine, emulator,
    hosts::{self, Hosts},
};
use authkit_serve::settings::{PublicUrl, address, variable};
use std::{net::SocketAddr, path::PathBuf};

/// Other machines that may reach a server in development: none by default.
#[derive(Clone, Debug, Default)]
pub struct DevelopmentSettings {
    /// `DEV_HOSTS`: names of tunnels and containers under which app and emulator answer.
    pub hosts: Hosts,
    /// `APP_URL`: address of the app for browsers, if they do not use the one it listens on.
    pub app_url: Option<PublicUrl>,
    /// `EMULATOR_URL`: the same for the emulator.
    pub emulator_url: Option<PublicUrl>,
    /// `EMULATOR_SEED`: what the emulator begins with, if not with the `emulator.toml` beside `Cargo.toml`.
    pub emulator_seed: Option<PathBuf>,
    /// `EMULATOR_LISTENS_TO=everyone`: the emulator may listen at an address that other machines reach.
    pub emulator_listens_to_everyone: bool,
}

impl DevelopmentSettings {
    /// Reads the variables.
    ///
    /// # Errors
    /// [`SettingError`] with the first that is wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let hosts = variable::value(&variable, hosts::VARIABLE)?;
        let listens_to = variable::value(&variable, "EMULATOR_LISTENS_TO")?;
        Ok(Self {
            hosts: Hosts::parse(&hosts.unwrap_or_default())?,
            app_url: PublicUrl::read(&variable, "APP_URL")?,
            emulator_url: PublicUrl::read(&variable, "EMULATOR_URL")?,
            emulator_seed: variable::path(&variable, emulator::SEED)?.map(PathBuf::from),
            emulator_listens_to_everyone: match listens_to {
                None => false,
                Some(value) if value == "everyone" => true,
                Some(value) => return Err(SettingError::EmulatorListensTo { value }),
            },
        })
    }

    /// The address of the emulator. An address that other machines reach has to be allowed.
    ///
    /// # Errors
    /// [`SettingError`] for a value that is no address, or one that is not allowed.
    pub fn emulator_addr(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<SocketAddr, SettingError> {
        let addr = address(variable, emulator::ADDR, emulator::PORT)?;
        NotThisMachine::check(addr, self.emulator_listens_to_everyone)?;
        if let Some(url) = &self.emulator_url {
            NotThisMachine::check_url(url.as_str(), self.emulator_listens_to_everyone)
                .map_err(SettingError::EmulatorUrl)?;
        }
        Ok(addr)
    }
}
