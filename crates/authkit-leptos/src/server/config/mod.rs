//! Configuration in WorkOS's own variable names, checked completely before anything starts.
//!
//! Read once by the app's `main`; every part of the server half gets its values from here. All
//! problems are reported together, each with the variable, what is wrong and how to put it right.

mod bearer_tokens;
mod frame_ancestors;
mod password;
mod problem;
mod reader;
mod redirect_uris;
mod value;
mod variables;

pub use bearer_tokens::{BearerTokens, UnknownBearerTokens};
pub use frame_ancestors::{FrameAncestors, NotASite, VARIABLE as FRAME_ANCESTORS};
pub use problem::{Problem, Problems, Severity};
pub(super) use redirect_uris::RedirectUris;
pub use value::{ApiBase, CookiePassword, RedirectUri};

use super::{core::seal::Sealer, token::Provider};
use cookie::SameSite;
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Everything the library needs to know. `Debug` shows no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// `WORKOS_CLIENT_ID`.
    pub client_id: String,
    /// `WORKOS_API_KEY`.
    pub api_key: SecretString,
    /// `WORKOS_REDIRECT_URI`; its origin is the app's public origin.
    pub redirect_uri: RedirectUri,
    /// `WORKOS_REDIRECT_URIS`: those of other names of the app. None by default.
    pub more_redirect_uris: Vec<RedirectUri>,
    /// `WORKOS_COOKIE_PASSWORD`, and while it is being changed `WORKOS_COOKIE_PASSWORD_PREVIOUS`.
    pub cookie_password: CookiePassword,
    /// Sessions sealed under this one are still opened.
    pub previous_cookie_password: Option<CookiePassword>,
    /// How the session cookie is set.
    pub cookie: CookieConfig,
    /// `WORKOS_REFRESH_BUFFER`: how long before its expiry a token is renewed. By default 60 seconds,
    /// and 30 for tokens that live five minutes or less; never more than half a token's life.
    pub refresh_buffer: Option<Duration>,
    /// `WORKOS_WEBHOOK_SECRET`; without it webhooks are not accepted.
    pub webhook_secret: Option<SecretString>,
    /// Whose tokens are accepted in `Authorization` headers beside AuthKit's.
    pub providers: Vec<Provider>,
    /// Requests whose `Authorization` headers are read: all by default.
    pub bearer_tokens: BearerTokens,
    /// `FRAME_ANCESTORS`: which sites may show the app in a frame. None by default.
    pub frame_ancestors: FrameAncestors,
    /// `WORKOS_AUTHKIT_DOMAIN`: a domain of your own for AuthKit, which its tokens then name as issuer.
    pub authkit_domain: Option<String>,
    /// `WORKOS_TOKEN_AUDIENCE`: what AuthKit's tokens may have as `aud` beside the client id. None by default.
    pub token_audiences: Vec<String>,
    /// `https://api.workos.com`, or what `WORKOS_API_HOSTNAME`, `_HTTPS` and `_PORT` make of it.
    pub api: ApiBase,
    /// Where browsers reach AuthKit, if that is another address than [`api`](Self::api): an emulator behind a mapped port
    /// or a tunnel. Scheme, host and port.
    pub browser_api: Option<String>,
}

/// How the session cookie is set (RFC 6265 §5.2). It is always `HttpOnly` with `Path=/`, and
/// `Secure` whenever the redirect URI is https.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CookieConfig {
    /// `WORKOS_COOKIE_NAME`. By default `__Host-wos-session`, which no other host can set (RFC 6265bis
    /// §4.1.3.2); `__Secure-wos-session` with a domain; `wos-session` over http.
    pub name: String,
    /// The default name of earlier versions, where it was another: such a cookie is still read, and set anew
    /// under [`name`](Self::name).
    pub old_name: Option<String>,
    /// `WORKOS_COOKIE_MAX_AGE` in seconds, 400 days by default.
    pub max_age: Duration,
    /// `WORKOS_COOKIE_DOMAIN`; none by default: only this host gets the cookie.
    pub domain: Option<String>,
    /// `WORKOS_COOKIE_SAMESITE`, `lax` by default.
    pub same_site: SameSite,
    /// Follows from the redirect URI.
    pub secure: bool,
}

impl CookieConfig {
    /// The name of another cookie of the same app, for one purpose.
    pub(in crate::server) fn name_beside(&self, purpose: &str) -> String {
        let name = self.name.as_str();
        let name = name.strip_prefix("__Host-").unwrap_or(name);
        let name = name.strip_prefix("__Secure-").unwrap_or(name);
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{name}-{purpose}")
    }

    /// The names a session cookie may have.
    pub(in crate::server) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.old_name)
            .map(String::as_str)
    }
}

impl Config {
    /// All redirect URIs: that of `WORKOS_REDIRECT_URI` first.
    pub fn redirect_uris(&self) -> impl Iterator<Item = &RedirectUri> {
        std::iter::once(&self.redirect_uri).chain(&self.more_redirect_uris)
    }

    /// The issuers whose tokens are accepted, exactly as they stand in `iss`.
    ///
    /// WorkOS's two forms at the API host; where that is overridden also its bare origin, which is
    /// what WorkOS's own emulator uses. The same three at a domain of your own.
    #[must_use]
    pub fn issuers(&self) -> Vec<String> {
        let origin = self.api.origin();
        let mut issuers = vec![
            format!("{origin}/"),
            format!("{origin}/user_management/{}", self.client_id),
        ];
        if self.api.is_overridden() {
            issuers.push(origin.to_owned());
        }
        if let Some(domain) = &self.authkit_domain {
            issuers.extend([
                format!("https://{domain}"),
                format!("https://{domain}/"),
                format!("https://{domain}/user_management/{}", self.client_id),
            ]);
        }
        issuers
    }

    /// Scheme, host and port at which browsers reach AuthKit.
    #[must_use]
    pub fn api_for_browsers(&self) -> &str {
        self.browser_api.as_deref().unwrap_or(self.api.origin())
    }

    /// Whose tokens are accepted: this app's AuthKit, under each of its issuers, and the
    /// [`providers`](Self::providers) beside it.
    #[must_use]
    pub fn all_providers(&self) -> Vec<Provider> {
        let authkit = |issuer| {
            let audiences = self.token_audiences.clone();
            Provider::authkit(issuer, self.client_id.clone(), audiences, self.jwks_url())
        };
        let own = self.issuers().into_iter().map(authkit);
        own.chain(self.providers.iter().cloned()).collect()
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_url(&self) -> Url {
        let url = workos::jwks_url(self.api.origin(), &self.client_id);
        Url::parse(&url).expect("an origin and a path are a URL")
    }

    /// Seals under the current password, opens under the previous one too.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        let previous = self
            .previous_cookie_password
            .iter()
            .map(CookiePassword::secret);
        Sealer::new(self.cookie_password.secret(), previous)
    }
}
