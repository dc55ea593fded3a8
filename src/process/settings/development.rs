//! Which other machines may reach a server in development: none by default.
//!
//! Read with the other settings; the app's hosts and the emulator go by it.

use super::SettingsError;
use crate::process::development::NotThisMachine;
use authkit_local::{
    emulator,
    hosts::{self, Hosts},
};
use authkit_serve::settings::{PublicUrl, address, variable};
use std::net::SocketAddr;

/// Other machines that may reach a server in development: none by default.
#[derive(Clone, Debug, Default)]
pub struct DevelopmentSettings {
    /// `DEV_HOSTS`: names of tunnels and containers under which app and emulator answer.
    pub hosts: Hosts,
    /// `APP_URL`: address of the app for browsers, if they do not use the one it listens on.
    pub app_url: Option<PublicUrl>,
    /// `EMULATOR_URL`: the same for the emulator.
    pub emulator_url: Option<PublicUrl>,
    /// `EMULATOR_LISTENS_TO=everyone`: the emulator may listen at an address that other machines reach.
    pub emulator_listens_to_everyone: bool,
}

impl DevelopmentSettings {
    /// Reads the variables.
    pub(in crate::process) fn read(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let hosts = variable::value(&variable, hosts::VARIABLE)?;
        let listens_to = variable::value(&variable, "EMULATOR_LISTENS_TO")?;
        Ok(Self {
            hosts: Hosts::parse(&hosts.unwrap_or_default())?,
            app_url: PublicUrl::read(&variable, "APP_URL")?,
            emulator_url: PublicUrl::read(&variable, "EMULATOR_URL")?,
            emulator_listens_to_everyone: match listens_to {
                None => false,
                Some(value) if value == "everyone" => true,
                Some(value) => return Err(SettingsError::EmulatorListensTo { value }),
            },
        })
    }

    /// The address of the emulator. An address that other machines reach has to be allowed.
    pub(in crate::process) fn emulator_addr(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<SocketAddr, SettingsError> {
        let addr = address(variable, emulator::ADDR, emulator::PORT)?;
        NotThisMachine::check(addr, self.emulator_listens_to_everyone)?;
        if let Some(url) = &self.emulator_url {
            NotThisMachine::check_url(url.as_str(), self.emulator_listens_to_everyone)
                .map_err(SettingsError::EmulatorUrl)?;
        }
        Ok(addr)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    #[test]
    fn the_environment_is_one_of_two() {
        let env = |value: &str| {
            let value = value.to_owned();
            Settings::read(move |name| (name == "LEPTOS_ENV").then(|| value.clone()))
        };
        for value in ["PROD", "prod ", " Production", "PRODUCTION\n"] {
            assert!(env(value).unwrap().production, "{value:?}");
        }
        for value in ["DEV", "dev ", "Development", "", " "] {
            assert!(!env(value).unwrap().production, "{value:?}");
        }
        for value in ["live", "staging", "PROD!", "TEST"] {
            let error = env(value).unwrap_err().to_string();
            let words = format!("LEPTOS_ENV is {value:?}, which is none of DEV, DEVELOPMENT, PROD");
            assert!(error.starts_with(&words), "{error}");
        }
    }

    #[test]
    fn the_emulator_listens_to_this_machine_unless_told_in_as_many_words() {
        let read = |addr: &str, listens_to: &str| {
            let (addr, listens_to) = (addr.to_owned(), listens_to.to_owned());
            Settings::read(move |name| match name {
                "EMULATOR_ADDR" => Some(addr.clone()),
                "EMULATOR_LISTENS_TO" => Some(listens_to.clone()),
                _ => None,
            })
        };
        for addr in ["127.0.0.1:3100", "127.0.0.9:3100", "[::1]:3100"] {
            assert!(read(addr, "").is_ok(), "{addr}");
        }
        for addr in ["0.0.0.0:3100", "[::]:3100", "192.0.2.2:3100"] {
            let error = read(addr, "").unwrap_err();
            assert_eq!(error.variable(), Some("EMULATOR_ADDR"));
            let told = error.to_string();
            assert!(told.contains("EMULATOR_LISTENS_TO=everyone"), "{told}");
            assert!(read(addr, "everyone").is_ok(), "{addr}");
        }
        for listens_to in ["true", "1", "all"] {
            let error = read("0.0.0.0:3100", listens_to).unwrap_err();
            assert_eq!(error.variable(), Some("EMULATOR_LISTENS_TO"));
        }
    }
}
