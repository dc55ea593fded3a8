//! One line of the doctor's report: what was looked at, what was found and how to put it right.
//!
//! Made by every check, printed by `report`. A check tells one cause; what that makes impossible is
//! skipped. Never holds a secret.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at. Stable: programs read it.
    #[serde(rename = "check")]
    pub name: Name,
    /// Which one, where there are several: a variable, a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Good {
        /// What it is.
        found: String,
    },
    /// Works, and may bite later.
    Warning {
        /// What is wrong.
        problem: String,
        /// How to put it right.
        fix: String,
    },
    /// Does not work.
    Bad {
        /// What is wrong.
        problem: String,
        /// How to put it right.
        fix: String,
    },
    /// Not looked at.
    Skipped {
        /// Why not.
        why: String,
    },
}

/// What can be looked at, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Every variable can be read, and those that must be are set.
    Variables,
    /// No variable has a name that nobody reads.
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
    /// The built site is there.
    SiteRoot,
    /// A deployed app answers.
    AppReachable,
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
}

impl Name {
    /// For people, 22 characters at most.
    pub fn title(self) -> &'static str {
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
            Self::SiteRoot => "built site",
            Self::AppReachable => "app",
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
        }
    }

    /// As it should be.
    pub fn good(self, found: impl Into<String>) -> Check {
        let found = found.into();
        self.with(Outcome::Good { found })
    }

    /// Works, and may bite later.
    pub fn warning(self, problem: impl Into<String>, fix: impl Into<String>) -> Check {
        let (problem, fix) = (problem.into(), fix.into());
        self.with(Outcome::Warning { problem, fix })
    }

    /// Does not work.
    pub fn bad(self, problem: impl Into<String>, fix: impl Into<String>) -> Check {
        let (problem, fix) = (problem.into(), fix.into());
        self.with(Outcome::Bad { problem, fix })
    }

    /// Not looked at.
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
    /// Says which one of several.
    pub fn about(self, about: impl Into<String>) -> Self {
        Self {
            about: Some(about.into()),
            ..self
        }
    }

    /// Whether the app would not work like this.
    pub fn is_bad(&self) -> bool {
        matches!(self.outcome, Outcome::Bad { .. })
    }
}
