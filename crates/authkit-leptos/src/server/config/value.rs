//! Values that can't be wrong once they are there: parsed when the configuration is read.

use super::{
    password,
    problem::{Complaint, complaint, risk},
};
use crate::paths;
use authkit_local::is_this_machine;
use http::Uri;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// WorkOS's API, unless `WORKOS_API_HOSTNAME` names another.
const DEFAULT_HOSTNAME: &str = "api.workos.com";
/// The fewest characters of a cookie password.
const PASSWORD_LENGTH: usize = 32;
/// How to get a good one.
pub(super) const PASSWORD_REMEDY: &str = "make one with `openssl rand -base64 32`";
/// What a redirect URI looks like.
pub(super) const EXAMPLE: &str =
    "for example http://localhost:3000/callback, and register the same at WorkOS under Redirects";

/// Where the library and the app answer something else than the callback. Pages of the app are looked at when it starts.
const TAKEN: [&str; 12] = [
    "/",
    paths::SIGN_IN,
    paths::SIGN_UP,
    paths::SIGN_OUT,
    paths::SIGNED_OUT,
    paths::SIGN_IN_FAILED,
    paths::CONFIRM_SIGN_IN,
    paths::CONTINUE_SIGN_IN,
    paths::JWKS,
    paths::WEBHOOKS,
    paths::FORBIDDEN,
    paths::UNAVAILABLE,
];

/// An absolute http(s) URL, at whose path the callback is answered: [`paths::CALLBACK`], or any that is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(Url);

/// A password of 32 characters or more; outside of development also no example and no simple pattern.
/// `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct CookiePassword(SecretString);

/// Where WorkOS's API is: scheme, host and port, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase {
    origin: String,
}

impl RedirectUri {
    pub(super) fn parse(value: &str) -> Result<Self, Complaint> {
        let example = EXAMPLE;
        let Ok(url) = Url::parse(value) else {
            return complaint("is not an absolute URL", example);
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return complaint("is not an http or https URL", example);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return complaint(
                "has a query or a fragment, which AuthKit's answer has no room for",
                example,
            );
        }
        if TAKEN.contains(&url.path()) {
            let taken = format!(
                "leads to {}, where this app answers something else",
                url.path()
            );
            return complaint(&taken, example);
        }
        Ok(Self(url))
    }

    /// As registered at WorkOS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The app's public origin, such as `https://app.example`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Where the callback is answered.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The address under which the callback knows a request that AuthKit has led to [`path`](Self::path): `None` for any
    /// other request, and where that is [`paths::CALLBACK`] already. Ask it before the request is routed.
    #[must_use]
    pub fn callback(&self, asked: &Uri) -> Option<Uri> {
        if asked.path() != self.path() || self.path() == paths::CALLBACK {
            return None;
        }
        let query = asked.query().map(|query| format!("?{query}"));
        let callback = paths::CALLBACK.to_owned() + &query.unwrap_or_default();
        callback.parse().ok()
    }

    /// The host alone.
    pub(super) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.scheme()
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme() == "https"
    }

    pub(super) fn risk(&self) -> Option<Complaint> {
        if self.is_https() || is_this_machine(self.0.host()) {
            return None;
        }
        risk(
            "is plain http on a host that is not this machine: codes and cookies could be read on the way",
            "put a proxy with a certificate before the app and write https://, here and at WorkOS",
        )
    }
}

impl CookiePassword {
    pub(super) fn parse(value: &str) -> Result<Self, Complaint> {
        match value.chars().count() {
            length if length < PASSWORD_LENGTH => complaint(
                &format!("has {length} characters and needs {PASSWORD_LENGTH} or more"),
                PASSWORD_REMEDY,
            ),
            _ => Ok(Self(value.to_owned().into())),
        }
    }

    /// Why it is easy to guess, and what to do about it.
    pub(super) fn risk(&self, remedy: &str) -> Option<Complaint> {
        let weakness = password::weakness(self.0.expose_secret())?;
        Some((weakness, remedy.to_owned()))
    }

    /// The password, for deriving keys from it.
    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl ApiBase {
    /// The API at these parts of a URL, each `None` where it was left out.
    pub(super) fn new(hostname: Option<String>, https: Option<bool>, port: Option<u16>) -> Self {
        let hostname = hostname.unwrap_or_else(|| DEFAULT_HOSTNAME.to_owned());
        let (scheme, default_port) = match https.unwrap_or(true) {
            true => ("https", 443),
            false => ("http", 80),
        };
        let origin = match port {
            Some(port) if port != default_port => format!("{scheme}://{hostname}:{port}"),
            _ => format!("{scheme}://{hostname}"),
        };
        Self { origin }
    }

    pub(super) fn risk(&self) -> Option<Complaint> {
        let url = Url::parse(&self.origin).ok();
        let is_safe = |url: &Url| url.scheme() == "https" || is_this_machine(url.host());
        if url.as_ref().is_some_and(is_safe) {
            return None;
        }
        risk(
            "is false, and the API is not on this machine: the API key could be read on the way, and the \
             keys that tokens are checked with could be replaced",
            "leave it out for https, or name an API of this machine in WORKOS_API_HOSTNAME",
        )
    }

    /// Scheme, host and port without a trailing slash.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether this is another API than WorkOS's own.
    #[must_use]
    pub fn is_overridden(&self) -> bool {
        self.origin.strip_prefix("https://") != Some(DEFAULT_HOSTNAME)
    }
}
