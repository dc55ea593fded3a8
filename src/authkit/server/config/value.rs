//! Values that can't be wrong once they are there: parsed when the configuration is read.

use super::problem::{Complaint, complaint};
use crate::authkit::paths;
use secrecy::SecretString;
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

/// An absolute http(s) URL whose path is the callback's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(Url);

/// A password of 32 characters or more. `Debug` does not show it.
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
        if url.path() != paths::CALLBACK || url.query().is_some() || url.fragment().is_some() {
            return complaint("does not end in /callback, where this app answers", example);
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

    /// The host alone.
    pub(super) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
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
