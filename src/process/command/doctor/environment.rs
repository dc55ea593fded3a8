//! The variables as the process has them, `.env` included, and what of them can be read.
//!
//! Read once, before any check. What can't be read is told by `variables`; what can is looked at all
//! the same, so that one run finds everything.

use crate::process::{
    AddressLimits, ConnectionLimits,
    settings::{self, DatabaseSettings, DevelopmentSettings, SettingsError},
    site::{self, Site},
};
use authkit_leptos::server::{
    BearerTokens, Config,
    config::{FrameAncestors, Problem, Severity},
    token::Provider,
};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// Stands in for a password that can't be used, so that everything else can be looked at.
const STAND_IN_PASSWORD: &str = "stands in for one that can't be used";
/// Stands in for a redirect URI that can't be used.
const STAND_IN_REDIRECT_URI: &str = "http://localhost/callback";

/// The variables by name.
pub struct Environment(BTreeMap<String, String>);

/// What the variables say.
pub struct Reading {
    /// The environment they are in.
    pub environment: Environment,
    /// What `LEPTOS_ENV` says. Development, if that can't be read: one mistake is told once.
    pub production: bool,
    /// What is wrong with `LEPTOS_ENV`.
    pub env: Result<(), SettingsError>,
    /// The WorkOS configuration, as far as it can be read: what is wrong with it is in `problems`.
    pub config: Option<Config>,
    /// What is wrong with the WORKOS variables.
    pub problems: Vec<Problem>,
    /// Where the server listens.
    pub addr: Result<SocketAddr, SettingsError>,
    /// Who else than this machine is let in, in development.
    pub development: Result<DevelopmentSettings, SettingsError>,
    /// Where the emulator listens.
    pub emulator_addr: Result<(), SettingsError>,
    /// Where the database is.
    pub database: Result<DatabaseSettings, SettingsError>,
    /// The providers beside AuthKit.
    pub providers: Result<Vec<Provider>, SettingsError>,
    /// Whose `Authorization` headers are read.
    pub bearer_tokens: Result<BearerTokens, SettingsError>,
    /// Which sites may show the app in a frame.
    pub frame_ancestors: Result<FrameAncestors, SettingsError>,
    /// The limits of connections.
    pub connections: Result<ConnectionLimits, SettingsError>,
    /// The limits of requests.
    pub addresses: Result<AddressLimits, SettingsError>,
    /// The built site.
    pub site: Result<Site, SettingsError>,
    /// Where it is, if that can be read.
    pub site_root: Option<PathBuf>,
    /// What is logged.
    pub log: Result<(), SettingsError>,
}

impl Environment {
    /// Those of this process. What is not UTF-8 counts as not set, as it does for the server.
    pub fn of_this_process() -> Self {
        let all = std::env::vars_os();
        let readable = all.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self(readable.collect())
    }

    /// The value of a variable; set to nothing is not set.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.0.get(name)?;
        (!value.trim().is_empty()).then(|| value.clone())
    }

    /// The names of all that are set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let set = self.0.iter().filter(|(_, value)| !value.trim().is_empty());
        set.map(|(name, _)| name.as_str())
    }

    /// Reads everything.
    pub fn read(self) -> Reading {
        let get = |name: &str| self.get(name);
        let env = settings::is_production(get);
        let production = *env.as_ref().unwrap_or(&false);
        let (config, problems) = match Config::read_for_development(get) {
            Ok(read) => read.map_or((None, Vec::new()), |(config, unsafe_values)| {
                (Some(config), unsafe_values)
            }),
            Err(problems) => (self.config_beside(&problems.0), problems.0),
        };
        let development = DevelopmentSettings::read(get);
        // The server would not send the API key there, so the doctor does not either.
        let in_the_clear = |it: &Problem| production && it.variable == "WORKOS_API_HTTPS";
        let config = config.filter(|_| !problems.iter().any(in_the_clear));
        Reading {
            production,
            env: env.map(drop),
            config,
            problems,
            addr: settings::listen::read(get),
            emulator_addr: emulator_addr(get, &development),
            development,
            database: DatabaseSettings::read(get),
            providers: settings::providers(get),
            bearer_tokens: settings::bearer_tokens(get),
            frame_ancestors: settings::frame_ancestors(get),
            connections: ConnectionLimits::read(get),
            addresses: AddressLimits::read(get),
            site: Site::read(get),
            site_root: site::root(get).ok(),
            log: settings::log_filter(get),
            environment: self,
        }
    }

    /// The configuration there would be without these problems, if that can be had. Never one that
    /// asks another API than the one that was meant.
    fn config_beside(&self, problems: &[Problem]) -> Option<Config> {
        let broken = problems
            .iter()
            .filter(|problem| problem.severity == Severity::Unusable);
        let is_broken = |name: &str| broken.clone().any(|problem| problem.variable == name);
        let decides_who_is_asked = |name: &str| {
            matches!(name, "WORKOS_CLIENT_ID" | "WORKOS_API_KEY") || name.starts_with("WORKOS_API_")
        };
        if broken.clone().any(|it| decides_who_is_asked(it.variable)) {
            return None;
        }
        let beside = |name: &str| match name {
            "WORKOS_COOKIE_PASSWORD" if is_broken(name) => Some(STAND_IN_PASSWORD.to_owned()),
            "WORKOS_REDIRECT_URI" if is_broken(name) => Some(STAND_IN_REDIRECT_URI.to_owned()),
            name if is_broken(name) => None,
            name => self.get(name),
        };
        let (config, _) = Config::read_for_development(beside).ok()??;
        Some(config)
    }
}

/// Whether the emulator may listen where it is told to. What is wrong with the other variables is told there.
fn emulator_addr(
    variable: impl Fn(&str) -> Option<String>,
    development: &Result<DevelopmentSettings, SettingsError>,
) -> Result<(), SettingsError> {
    if let Ok(development) = development {
        development.emulator_addr(variable)?;
    }
    Ok(())
}

impl Reading {
    /// What is wrong with a WORKOS variable.
    pub fn problem(&self, variable: &str) -> Option<&Problem> {
        self.problems.iter().find(|it| it.variable == variable)
    }

    /// Whether no WORKOS variable is set at all.
    pub fn nothing_set(&self) -> bool {
        self.config.is_none() && self.problems.is_empty()
    }

    /// Whether a variable is set.
    pub fn is_set(&self, variable: &str) -> bool {
        self.environment.get(variable).is_some()
    }

    /// The redirect URI, where it can be read.
    pub fn redirect_uri(&self) -> Option<url::Url> {
        let problem = self.problem("WORKOS_REDIRECT_URI");
        if problem.is_some_and(|it| it.severity == Severity::Unusable) {
            return None;
        }
        url::Url::parse(self.config.as_ref()?.redirect_uri.as_str()).ok()
    }
}
