//! The settings of the process: addresses, folders, and the configuration of the sign-in.
//!
//! Read from the environment (and `.env`) once, by [`run`](crate::run) or a command; tests make their own.

mod error;

pub use error::SettingsError;

use authkit_audit::Keep;
use authkit_cli::settings::{DevelopmentSettings, bearer_tokens, frame_ancestors, providers};
use authkit_leptos::server::{
    BearerTokens, Config,
    config::{FrameAncestors, Problem},
    core::clock::Clock,
    token::Provider,
};
use authkit_serve::{
    AddressLimits, ConnectionLimits, Site,
    settings::{
        LogFormat, address_if_set, count, is_production, listen, log_filter, seconds, variable,
    },
};
use secrecy::SecretString;
use std::{fmt, net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

/// Whether this build has the emulator and the pages for developers.
pub const IS_BUILT: bool = cfg!(any(debug_assertions, feature = "emulator"));
/// How long a start waits for a database, unless a variable says otherwise.
const DATABASE_WAIT: Duration = Duration::from_secs(30);

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
    /// `DATABASE_WAIT_SECONDS`: how long a start waits for a database that is still coming up; 30 seconds.
    pub database_wait: Duration,
    /// What of the audit trail is kept: `AUDIT_DAYS`, 90 by default, and at most a million rows.
    pub audit: Keep,
    /// `METRICS_ADDR`: where Prometheus asks for figures; nowhere by default.
    pub metrics: Option<SocketAddr>,
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
    /// `SIGN_IN_ALLOWED_DOMAINS`: whose addresses may sign in; everybody's by default.
    pub allowed_domains: Option<Vec<String>>,
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
        LogFormat::read(variable)?;
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
            database_wait: seconds(variable, "DATABASE_WAIT_SECONDS")?.unwrap_or(DATABASE_WAIT),
            audit: audit(variable)?,
            metrics: address_if_set(variable, "METRICS_ADDR")?,
            production,
            authkit,
            providers,
            bearer_tokens: bearer_tokens(variable)?,
            frame_ancestors: frame_ancestors(variable)?,
            connections: ConnectionLimits::read(variable)?,
            development,
            addresses: AddressLimits::read(variable)?,
            allowed_domains: variable::value(variable, "SIGN_IN_ALLOWED_DOMAINS")?
                .map(|list| list.split(',').map(|it| it.trim().to_owned()).collect()),
            clock: Clock::default(),
        })
    }
}

impl DatabaseSettings {
    /// The file in `DATA_DIR`, or the PostgreSQL of `DATABASE_URL`.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
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

fn audit(variable: impl Fn(&str) -> Option<String>) -> Result<Keep, SettingsError> {
    let days: Option<NonZeroU32> = count(variable, "AUDIT_DAYS")?;
    let kept = Keep::default();
    Ok(Keep {
        days: days.map_or(kept.days, NonZeroU32::get),
        ..kept
    })
}

fn data_dir(variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf, SettingsError> {
    let path = variable::path(variable, "DATA_DIR")?;
    Ok(path.unwrap_or_else(|| "data".to_owned()).into())
}
