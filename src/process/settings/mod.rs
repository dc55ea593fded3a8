//! The settings of the process: addresses, folders, and the configuration of the sign-in.
//!
//! Read from the environment (and `.env`) once, by `main`; tests make their own.

mod development;
mod error;

pub use development::DevelopmentSettings;
pub use error::SettingsError;

use super::development::IS_BUILT;
use authkit_cli::settings::{bearer_tokens, frame_ancestors, providers};
use authkit_leptos::server::{
    BearerTokens, Config,
    config::{FrameAncestors, Problem},
    core::clock::Clock,
    token::Provider,
};
use authkit_serve::{
    AddressLimits, ConnectionLimits, Site,
    settings::{is_production, listen, log_filter, variable},
};
use secrecy::SecretString;
use std::{fmt, net::SocketAddr, path::PathBuf};

/// The settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `LEPTOS_SITE_ADDR`, `PORT` and `HOST`, 127.0.0.1:3000 by default. Port 0 takes any that is free.
    pub addr: SocketAddr,
    /// The built site.
    pub site: Site,
    /// `DATABASE_URL`, or a file in `DATA_DIR`, which is `data` by default.
    pub database: DatabaseSettings,
    /// `LEPTOS_ENV=PROD`: without the tools for developers, and refuses unsafe settings. The default in release builds.
    pub production: bool,
    /// Configuration of the sign-in.
    pub authkit: AuthKitSettings,
    /// Providers beside AuthKit whose tokens are accepted: the list in the file that `AUTH_PROVIDERS` names.
    pub providers: Vec<Provider>,
    /// `BEARER_TOKENS`: which `Authorization` headers are read.
    pub bearer_tokens: BearerTokens,
    /// `FRAME_ANCESTORS`: which sites may show the app in a frame.
    pub frame_ancestors: FrameAncestors,
    /// `MAX_CONNECTIONS` and `MAX_CONNECTIONS_PER_ADDRESS`.
    pub connections: ConnectionLimits,
    /// Other machines that may reach the server in development.
    pub development: DevelopmentSettings,
    /// Limits of the requests per client address, and `TRUSTED_PROXIES`.
    pub addresses: AddressLimits,
    /// The clock.
    pub clock: Clock,
}

/// The database. Its `Display` and `Debug` have no password.
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

/// Configuration of the sign-in.
#[derive(Clone, Debug)]
pub enum AuthKitSettings {
    /// WorkOS, or a program with its API.
    WorkOs(Box<Config>),
    /// The emulator of this server. Builds without the emulator can't start it.
    Emulator(EmulatorSettings),
    /// None, so the server refuses to start.
    Missing,
}

/// Settings of the emulator.
#[derive(Clone, Debug)]
pub struct EmulatorSettings {
    /// `EMULATOR_ADDR`, 127.0.0.1:3100 by default.
    pub addr: SocketAddr,
    /// Folder that keeps users, sessions and the cookie password over a restart; `None` keeps nothing.
    pub state_dir: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings. `variable` looks up a variable by name; an empty value counts as not set.
    ///
    /// Without any WORKOS variable a development build runs with its own emulator; in production
    /// (`LEPTOS_ENV=PROD`) that is an error. WORKOS variables that work and are not safe are an error in
    /// production, and a warning in the log in development.
    ///
    /// # Errors
    /// [`SettingsError`] with everything that is wrong with the WORKOS variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = &variable;
        // The default is production in release builds, and development in debug builds.
        let production = is_production(variable, !cfg!(debug_assertions))?;
        let database = DatabaseSettings::read(variable)?;
        let providers = providers(variable)?;
        log_filter(variable)?;
        let development = DevelopmentSettings::read(variable)?;
        let config = match production {
            true => Config::read(variable)?,
            false => Config::read_for_development(variable)?.map(|(config, warnings)| {
                warnings.iter().for_each(warn);
                config
            }),
        };
        let authkit = match config {
            Some(config) => {
                if let Some(url) = &development.app_url {
                    let uri = config.redirect_uri.as_str();
                    tracing::warn!(
                        "APP_URL={url} is not used: the app's address is that of WORKOS_REDIRECT_URI, {uri}"
                    );
                }
                AuthKitSettings::WorkOs(Box::new(config))
            }
            None if IS_BUILT && !production => AuthKitSettings::Emulator(EmulatorSettings {
                addr: development.emulator_addr(variable)?,
                state_dir: Some(data_dir(variable)?),
            }),
            None => {
                tracing::debug!(production, "no WORKOS variable is set");
                AuthKitSettings::Missing
            }
        };
        Ok(Self {
            addr: listen(variable)?,
            site: Site::read(variable)?,
            database,
            production,
            authkit,
            providers,
            bearer_tokens: bearer_tokens(variable)?,
            frame_ancestors: frame_ancestors(variable)?,
            connections: ConnectionLimits::read(variable)?,
            development,
            addresses: AddressLimits::read(variable)?,
            clock: Clock::default(),
        })
    }
}

impl DatabaseSettings {
    /// The file in `DATA_DIR`, or the PostgreSQL of `DATABASE_URL`.
    pub(in crate::process) fn read(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        match variable::value(&variable, "DATABASE_URL")? {
            None => Ok(Self::Sqlite(data_dir(variable)?.join("app.db"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.into()))
            }
            Some(_) => Err(SettingsError::Database),
        }
    }
}

fn warn(problem: &Problem) {
    let remedy = &problem.remedy;
    tracing::warn!("not safe, and refused in production: {problem} → {remedy}");
}

fn data_dir(variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf, SettingsError> {
    let path = variable::path(variable, "DATA_DIR")?;
    Ok(path.unwrap_or_else(|| "data".to_owned()).into())
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
    fn a_value_in_quotes_is_refused_and_not_shown() {
        for variable in [
            "LEPTOS_ENV",
            "LEPTOS_SITE_ADDR",
            "LEPTOS_SITE_ROOT",
            "LEPTOS_HASH_FILES",
            "LEPTOS_RELOAD_PORT",
            "DATABASE_URL",
            "DATA_DIR",
            "AUTH_PROVIDERS",
            "BEARER_TOKENS",
            "FRAME_ANCESTORS",
            "EMULATOR_ADDR",
            "EMULATOR_URL",
            "APP_URL",
            "PORT",
            "HOST",
            "EMULATOR_LISTENS_TO",
            "DEV_HOSTS",
            "RUST_LOG",
        ] {
            let set = |name: &str| (name == variable).then(|| "\"hunter2\"".to_owned());
            let error = Settings::read(set).unwrap_err();
            assert_eq!(error.variable(), Some(variable));
            let told = error.to_string();
            assert!(
                told.starts_with(&format!("{variable} is in quotes")),
                "{told}"
            );
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn white_space_around_a_value_is_no_part_of_it() {
        let set = |name: &str| match name {
            "LEPTOS_SITE_ADDR" => Some(" 127.0.0.1:4000\n".to_owned()),
            "LEPTOS_RELOAD_PORT" => Some("4001 ".to_owned()),
            "DATABASE_URL" => Some(" postgres://app@db/app ".to_owned()),
            _ => None,
        };
        let settings = Settings::read(set).unwrap();
        assert_eq!(settings.addr.port(), 4000);
        assert_eq!(settings.site.reload_port, 4001);
        assert!(matches!(settings.database, DatabaseSettings::Postgres(_)));
    }

    #[test]
    fn a_setting_that_is_not_safe_stops_production_and_not_development() {
        let read = |production: &str| {
            let production = production.to_owned();
            Settings::read(move |name| {
                let value = match name {
                    "LEPTOS_ENV" => production.as_str(),
                    "WORKOS_CLIENT_ID" => "client_1",
                    "WORKOS_API_KEY" => "sk_1",
                    "WORKOS_REDIRECT_URI" => "http://app.example/callback",
                    "WORKOS_COOKIE_PASSWORD" => "complex_password_at_least_32_characters_long",
                    "WORKOS_API_HOSTNAME" => "api.example",
                    "WORKOS_API_HTTPS" => "false",
                    _ => return None,
                };
                Some(value.to_owned())
            })
        };
        assert!(matches!(
            read("DEV").unwrap().authkit,
            AuthKitSettings::WorkOs(_)
        ));
        let Err(SettingsError::AuthKit(problems)) = read("PROD ") else {
            panic!("production starts");
        };
        let variables: Vec<_> = problems.0.iter().map(|it| it.variable).collect();
        assert_eq!(
            variables,
            [
                "WORKOS_REDIRECT_URI",
                "WORKOS_COOKIE_PASSWORD",
                "WORKOS_API_HTTPS"
            ]
        );
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        let wrong = |name: &str| (name == "LEPTOS_SITE_ADDR").then(|| "3000".to_owned());
        let error = Settings::read(wrong).unwrap_err().to_string();
        assert!(error.contains("LEPTOS_SITE_ADDR"), "{error}");
    }
}
