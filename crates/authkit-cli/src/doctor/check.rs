//! One line of the doctor's report: the name of a check, its outcome and the fix.
//!
//! Made by every check, printed by `report`. A check reports one cause; checks that it makes impossible are skipped.
//! Never holds a secret.

use serde::{Serialize, Serializer};
use std::fmt::Display;

/// A check that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name. Stable: programs read it.
    #[serde(rename = "check")]
    pub name: Name,
    /// The variable or the provider that it is about, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Good {
        /// What was found.
        found: String,
    },
    /// Works now, and may fail later.
    Warning {
        /// The problem.
        problem: String,
        /// The fix.
        fix: String,
    },
    /// Does not work.
    Bad {
        /// The problem.
        problem: String,
        /// The fix.
        fix: String,
    },
    /// Not checked.
    Skipped {
        /// The reason.
        why: String,
    },
}

/// The checks, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Name {
    /// Every variable can be read, and those that must be are set.
    Variables,
    /// No variable has the name of one that is not read.
    VariableNames,
    /// Every value in `.env` is read as it is written.
    EnvFile,
    /// The API key is one for this environment.
    ApiKeyKind,
    /// The cookie password is no known example and no simple pattern.
    CookiePassword,
    /// Public addresses are https.
    RedirectUriScheme,
    /// The redirect URI leads to this server.
    RedirectUriAddress,
    /// How the session cookie is set.
    Cookie,
    /// The session cookie reaches the app.
    CookieDomain,
    /// The session cookie comes back from AuthKit.
    SameSite,
    /// WorkOS's webhooks can be believed.
    Webhook,
    /// WorkOS's API answers.
    Api,
    /// WorkOS accepts the API key.
    ApiKey,
    /// The API key may do what the app does.
    ApiKeyPermissions,
    /// WorkOS knows the client id.
    ClientId,
    /// API key and client id belong together.
    Credentials,
    /// WorkOS sends people back to the redirect URI.
    RedirectUriRegistered,
    /// Scripts of the app's origin may call WorkOS.
    CorsOrigin,
    /// WorkOS sends people back after signing out.
    SignOutUri,
    /// WorkOS's dashboard leads to the app where an impersonation is started in it.
    InitiateLoginUrl,
    /// AuthKit's keys are there and usable.
    Jwks,
    /// Tokens name an issuer that is accepted.
    Issuer,
    /// AuthKit answers at a domain of one's own.
    AuthkitDomain,
    /// This machine's clock is WorkOS's.
    Clock,
    /// The list of other providers can be read.
    Providers,
    /// A provider's discovery document is its own.
    ProviderDiscovery,
    /// A provider's keys are there and usable.
    ProviderKeys,
    /// The database can be used.
    Database,
    /// Its tables are there.
    DatabaseTables,
    /// Processes hear of each other's writes at once.
    DatabaseNews,
    /// A deployed app answers.
    AppReachable,
    /// It has what it needs.
    AppReady,
    /// Plain http leads to https.
    AppPlainHttp,
    /// Browsers are told to use https.
    AppHsts,
    /// A sign-in that begins at this address ends there.
    AppPublicOrigin,
    /// One page has one address.
    AppTrailingSlash,
    /// Long headers come through.
    AppLongHeaders,
    /// Caches are told to keep no page, and keep none.
    AppCaching,
    /// HTML arrives as it was sent.
    AppUnchanged,
    /// The app's own policy comes with a page.
    AppContentPolicy,
    /// The files that a page names are there.
    AppFiles,
    /// A WebSocket opens.
    AppSocket,
    /// The app's clock is this machine's.
    AppClock,
    /// A connection stays open while it is idle.
    AppIdle,
    /// A check of the app's own.
    #[serde(untagged)]
    Own(OwnName),
}

/// The name of a check that an app adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnName {
    /// For programs, in `snake_case`.
    id: &'static str,
    title: &'static str,
}

impl Serialize for OwnName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

impl Name {
    /// The name of a check that an app adds: `id` for programs, in `snake_case`, and `title` for people, of at most 22
    /// characters.
    #[must_use]
    pub const fn own(id: &'static str, title: &'static str) -> Self {
        Self::Own(OwnName { id, title })
    }

    /// For people, at most 22 characters.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Variables => "variables",
            Self::VariableNames => "names of variables",
            Self::EnvFile => ".env",
            Self::ApiKeyKind => "kind of API key",
            Self::CookiePassword => "cookie password",
            Self::RedirectUriScheme => "redirect URI: scheme",
            Self::RedirectUriAddress => "redirect URI: address",
            Self::Cookie => "session cookie",
            Self::CookieDomain => "cookie domain",
            Self::SameSite => "SameSite",
            Self::Webhook => "webhook",
            Self::Api => "WorkOS API",
            Self::ApiKey => "API key",
            Self::ApiKeyPermissions => "API key: permissions",
            Self::ClientId => "client id",
            Self::Credentials => "API key and client id",
            Self::RedirectUriRegistered => "redirect URI at WorkOS",
            Self::CorsOrigin => "CORS origin at WorkOS",
            Self::SignOutUri => "sign-out URI at WorkOS",
            Self::InitiateLoginUrl => "Initiate login URL",
            Self::Jwks => "AuthKit's keys",
            Self::Issuer => "issuer of tokens",
            Self::AuthkitDomain => "AuthKit domain",
            Self::Clock => "clock",
            Self::Providers => "other providers",
            Self::ProviderDiscovery => "provider: discovery",
            Self::ProviderKeys => "provider: keys",
            Self::Database => "database",
            Self::DatabaseTables => "database: tables",
            Self::DatabaseNews => "database: news",
            Self::AppReachable => "app",
            Self::AppReady => "app: ready",
            Self::AppPlainHttp => "plain http",
            Self::AppHsts => "HSTS",
            Self::AppPublicOrigin => "public address",
            Self::AppTrailingSlash => "slash at the end",
            Self::AppLongHeaders => "long headers",
            Self::AppCaching => "pages: caching",
            Self::AppUnchanged => "pages: HTML",
            Self::AppContentPolicy => "pages: content policy",
            Self::AppFiles => "pages: WASM",
            Self::AppSocket => "WebSocket",
            Self::AppClock => "clock",
            Self::AppIdle => "idle connection",
            Self::Own(name) => name.title,
        }
    }

    /// A check that found everything as it should be.
    #[must_use]
    pub fn good(self, found: impl Into<String>) -> Check {
        let found = found.into();
        self.with(Outcome::Good { found })
    }

    /// A check that found something that works now and may fail later.
    #[must_use]
    pub fn warning(self, problem: impl Into<String>, fix: impl Into<String>) -> Check {
        let (problem, fix) = (problem.into(), fix.into());
        self.with(Outcome::Warning { problem, fix })
    }

    /// A check that found something that does not work. The exit status of the doctor is 1.
    #[must_use]
    pub fn bad(self, problem: impl Into<String>, fix: impl Into<String>) -> Check {
        let (problem, fix) = (problem.into(), fix.into());
        self.with(Outcome::Bad { problem, fix })
    }

    /// A check that was not made.
    #[must_use]
    pub fn skipped(self, why: impl Into<String>) -> Check {
        let why = why.into();
        self.with(Outcome::Skipped { why })
    }

    fn with(self, outcome: Outcome) -> Check {
        Check {
            name: self,
            about: None,
            outcome,
        }
    }
}

impl Check {
    /// Names the one of several that it is about.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self {
            about: Some(about.into()),
            ..self
        }
    }

    /// A variable whose value can't be read: `error` names it and says what is wrong.
    #[must_use]
    pub fn of_variable(variable: &str, error: impl Display) -> Self {
        let fix = format!("correct {variable}, or leave it out for the default");
        let check = Name::Variables.bad(error.to_string(), fix);
        check.about(variable)
    }

    /// Whether the app does not work like this.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self.outcome, Outcome::Bad { .. })
    }
}
