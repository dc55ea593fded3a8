//! What the process is told from outside: addresses, folders, and how sign-in is configured.
//!
//! Read from the environment (and `.env`) once, by `main`; tests make their own.

use super::{address_limits::AddressLimits, connections::ConnectionLimits, site::Site};
use crate::authkit::server::{
    Config, Problems,
    core::clock::Clock,
    token::{Provider, ProvidersError},
};
use secrecy::SecretString;
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

/// The settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `LEPTOS_SITE_ADDR`, 127.0.0.1:3000 by default. Port 0 takes any that is free.
    pub addr: SocketAddr,
    /// The built site.
    pub site: Site,
    /// `DATABASE_URL`, or a file in `DATA_DIR`, which is `data` by default.
    pub database: DatabaseSettings,
    /// `LEPTOS_ENV=PROD`: nothing that is for developers only.
    pub production: bool,
    /// How sign-in is configured.
    pub authkit: AuthKitSettings,
    /// Whose tokens are accepted beside AuthKit's: the list in the file that `AUTH_PROVIDERS` names.
    pub providers: Vec<Provider>,
    /// `MAX_CONNECTIONS` and `MAX_CONNECTIONS_PER_ADDRESS`.
    pub connections: ConnectionLimits,
    /// Limits of the requests per client address, and `TRUSTED_PROXIES`.
    pub addresses: AddressLimits,
    /// The clock.
    pub clock: Clock,
}

/// Where the database is. Shown without its password.
#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    /// An SQLite file, made at the first start.
    Sqlite(PathBuf),
    /// A PostgreSQL server: `postgres://user:password@host/database`.
    Postgres(SecretString),
}

impl fmt::Display for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("named by DATABASE_URL"),
        }
    }
}

/// How sign-in is configured.
#[derive(Clone, Debug)]
pub enum AuthKitSettings {
    /// Against WorkOS, or whatever speaks its language.
    WorkOs(Box<Config>),
    /// Against an emulator of our own.
    #[cfg(any(debug_assertions, feature = "emulator"))]
    Emulator(EmulatorSettings),
    /// Not at all, so the server refuses to start.
    Missing,
}

/// The emulator that runs beside the server.
#[cfg(any(debug_assertions, feature = "emulator"))]
#[derive(Clone, Debug)]
pub struct EmulatorSettings {
    /// `EMULATOR_ADDR`, 127.0.0.1:3100 by default.
    pub addr: SocketAddr,
    /// Where users, sessions and the cookie password are kept over a restart; `None` forgets.
    pub state_dir: Option<PathBuf>,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The WORKOS variables.
    #[error("{0}")]
    AuthKit(#[from] Problems),
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
    /// `DATABASE_URL`. What it says may hold a password.
    #[error(
        "DATABASE_URL is not the URL of a PostgreSQL database, such as postgres://user@localhost/app; leave it out for an SQLite file in DATA_DIR"
    )]
    Database,
}

impl Settings {
    /// The settings in `variable`, which looks a variable up by name; set to nothing is not set.
    ///
    /// Without any WORKOS variable a development build runs with its own emulator; in production
    /// (`LEPTOS_ENV=PROD`) that is an error.
    ///
    /// # Errors
    /// [`SettingsError`] with everything that is wrong with the WORKOS variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let database = DatabaseSettings::read(variable)?;
        let production = is_production(variable);
        let providers = providers(variable)?;
        let authkit = match Config::read(variable)? {
            Some(config) => AuthKitSettings::WorkOs(Box::new(config)),
            #[cfg(any(debug_assertions, feature = "emulator"))]
            None if !production => AuthKitSettings::Emulator(EmulatorSettings {
                addr: address(variable, "EMULATOR_ADDR", 3100)?,
                state_dir: Some(data_dir(variable)),
            }),
            None => {
                tracing::debug!(production, "no WORKOS variable is set");
                AuthKitSettings::Missing
            }
        };
        Ok(Self {
            addr: address(variable, "LEPTOS_SITE_ADDR", 3000)?,
            site: Site::read(variable)?,
            database,
            production,
            authkit,
            providers,
            connections: ConnectionLimits::read(variable)?,
            addresses: AddressLimits::read(variable)?,
            clock: Clock::default(),
        })
    }
}

impl DatabaseSettings {
    /// The file in `DATA_DIR`, or what `DATABASE_URL` names.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        match variable("DATABASE_URL") {
            None => Ok(Self::Sqlite(data_dir(variable).join("app.db"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.into()))
            }
            Some(_) => Err(SettingsError::Database),
        }
    }
}

impl SettingsError {
    /// The variable that is wrong, unless several may be.
    pub(super) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::AuthKit(_) => None,
            Self::Address { variable, .. }
            | Self::Site { variable, .. }
            | Self::Count { variable, .. } => Some(variable),
            Self::Proxies(_) => Some("TRUSTED_PROXIES"),
            Self::Providers(_) => Some("AUTH_PROVIDERS"),
            Self::Database => Some("DATABASE_URL"),
        }
    }
}

/// Whether `LEPTOS_ENV` says that people depend on this.
pub(super) fn is_production(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("LEPTOS_ENV")
        .is_some_and(|env| matches!(env.to_uppercase().as_str(), "PROD" | "PRODUCTION"))
}

/// The list in the file that `AUTH_PROVIDERS` names.
pub(super) fn providers(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Provider>, SettingsError> {
    match variable("AUTH_PROVIDERS") {
        Some(path) => Ok(Provider::read(path.as_ref())?),
        None => Ok(Vec::new()),
    }
}

fn data_dir(variable: impl Fn(&str) -> Option<String>) -> PathBuf {
    variable("DATA_DIR")
        .unwrap_or_else(|| "data".to_owned())
        .into()
}

pub(super) fn address(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
    default_port: u16,
) -> Result<SocketAddr, SettingsError> {
    match variable(name) {
        None => Ok((Ipv4Addr::LOCALHOST, default_port).into()),
        Some(value) => value.parse().map_err(|_| SettingsError::Address {
            variable: name,
            value,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_without_any_variable_runs_the_emulator() {
        let settings = Settings::read(|_| None).unwrap();
        assert!(matches!(settings.authkit, AuthKitSettings::Emulator(_)));
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn production_without_variables_has_no_sign_in() {
        let production = |name: &str| (name == "LEPTOS_ENV").then(|| "PROD".to_owned());
        let settings = Settings::read(production).unwrap();
        assert!(matches!(settings.authkit, AuthKitSettings::Missing));
    }

    #[test]
    fn half_a_configuration_is_an_error_in_development_too() {
        let half = |name: &str| (name == "WORKOS_CLIENT_ID").then(|| "client_1".to_owned());
        assert!(matches!(
            Settings::read(half),
            Err(SettingsError::AuthKit(_))
        ));
    }

    #[test]
    fn a_variable_set_to_nothing_is_not_set() {
        let settings = Settings::read(|_| Some(String::new())).unwrap();
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.database.to_string(), "data/app.db");
    }

    #[test]
    fn a_database_url_is_never_shown() {
        let secret = "postgres://app:hunter2@db/app";
        let set = |name: &str| (name == "DATABASE_URL").then(|| secret.to_owned());
        let settings = Settings::read(set).unwrap();
        assert!(matches!(settings.database, DatabaseSettings::Postgres(_)));
        let shown = format!("{settings:?} {}", settings.database);
        assert!(!shown.contains("hunter2"), "{shown}");

        let other =
            |name: &str| (name == "DATABASE_URL").then(|| "mysql://app:hunter2@db".to_owned());
        let error = Settings::read(other).unwrap_err().to_string();
        assert!(error.starts_with("DATABASE_URL") && !error.contains("hunter2"));
    }

    #[test]
    fn a_list_of_providers_that_is_not_there_is_named() {
        let set = |name: &str| (name == "AUTH_PROVIDERS").then(|| "no/such/auth.toml".to_owned());
        let error = Settings::read(set).unwrap_err().to_string();
        assert!(
            error.starts_with("AUTH_PROVIDERS: no/such/auth.toml can't be read"),
            "{error}"
        );
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        let wrong = |name: &str| (name == "LEPTOS_SITE_ADDR").then(|| "3000".to_owned());
        let error = Settings::read(wrong).unwrap_err().to_string();
        assert!(error.contains("LEPTOS_SITE_ADDR"), "{error}");
    }
}
