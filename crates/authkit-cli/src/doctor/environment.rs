//! The variables of this process, `.env` included, and their values as far as they can be read.
//!
//! Read once, before any check. `variables` reports the values that can't be read; the others are checked all the same,
//! so that one run finds everything.

use crate::{
    app::App,
    settings::{self, SettingError},
};
use authkit_leptos::server::{
    BearerTokens, Config,
    config::{FrameAncestors, Problem, Severity},
    token::Provider,
};
use authkit_serve::settings::{is_production, listen};
use std::{collections::BTreeMap, net::SocketAddr};

/// Stands in for a password that can't be used, so that everything else can be looked at.
const STAND_IN_PASSWORD: &str = "stands in for one that can't be used";
/// Stands in for a redirect URI that can't be used.
const STAND_IN_REDIRECT_URI: &str = "http://localhost/callback";

/// The variables by name.
pub struct Environment(BTreeMap<String, String>);

/// The variables, and the values of those that the login reads. Checks of an app get it.
pub struct Reading {
    pub(super) environment: Environment,
    /// Whether `LEPTOS_ENV` says production. If that can't be read, it is development: one mistake is reported once.
    pub(super) production: bool,
    /// The error of `LEPTOS_ENV`.
    pub(super) env: Result<(), SettingError>,
    /// Whether the app signs in with its emulator when no WORKOS variable is set.
    has_emulator: bool,
    /// The WorkOS configuration, as far as it can be read.
    pub(super) config: Option<Config>,
    /// The problems of the WORKOS variables.
    pub(super) problems: Vec<Problem>,
    /// The address where the server listens.
    pub(super) addr: Result<SocketAddr, SettingError>,
    /// The providers beside AuthKit.
    pub(super) providers: Result<Vec<Provider>, SettingError>,
    /// Whose `Authorization` headers are read.
    pub(super) bearer_tokens: Result<BearerTokens, SettingError>,
    /// The sites that may show the app in a frame.
    pub(super) frame_ancestors: Result<FrameAncestors, SettingError>,
}

impl Environment {
    /// The variables of this process. A value that is not UTF-8 counts as not set, as it does for a server.
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
    pub fn read(self, app: &App) -> Reading {
        let get = |name: &str| self.get(name);
        let env = is_production(get, app.production);
        let production = *env.as_ref().unwrap_or(&false);
        let (config, problems) = match Config::read_for_development(get) {
            Ok(read) => read.map_or((None, Vec::new()), |(config, unsafe_values)| {
                (Some(config), unsafe_values)
            }),
            Err(problems) => (self.config_beside(&problems.0), problems.0),
        };
        // The server would not send the API key there, so the doctor does not either.
        let in_the_clear = |it: &Problem| production && it.variable == "WORKOS_API_HTTPS";
        let config = config.filter(|_| !problems.iter().any(in_the_clear));
        Reading {
            production,
            env: env.map(drop).map_err(Into::into),
            config,
            problems,
            has_emulator: app.emulator,
            addr: listen(get).map_err(Into::into),
            providers: settings::providers(get),
            bearer_tokens: settings::bearer_tokens(get),
            frame_ancestors: settings::frame_ancestors(get),
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

impl Reading {
    /// The value of a variable. A variable that is set to nothing is not set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name)
    }

    /// Whether `LEPTOS_ENV` says that this is production.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.production
    }

    /// Whether the app signs in with its emulator: no WORKOS variable is set, and this is development.
    #[must_use]
    pub fn uses_emulator(&self) -> bool {
        self.nothing_set() && !self.production && self.has_emulator
    }

    /// The problem of a WORKOS variable.
    pub(super) fn problem(&self, variable: &str) -> Option<&Problem> {
        self.problems.iter().find(|it| it.variable == variable)
    }

    /// Whether no WORKOS variable is set at all.
    pub(super) fn nothing_set(&self) -> bool {
        self.config.is_none() && self.problems.is_empty()
    }

    /// Whether a variable is set.
    pub(super) fn is_set(&self, variable: &str) -> bool {
        self.environment.get(variable).is_some()
    }

    /// The redirect URI, where it can be read.
    pub(super) fn redirect_uri(&self) -> Option<url::Url> {
        let problem = self.problem("WORKOS_REDIRECT_URI");
        if problem.is_some_and(|it| it.severity == Severity::Unusable) {
            return None;
        }
        url::Url::parse(self.config.as_ref()?.redirect_uri.as_str()).ok()
    }
}
