//! What stops a command that calls WorkOS, and the fix, a sentence each.
//!
//! Made from a [`Failure`], never from WorkOS's own words. Names the kind of key, never the key.

use authkit_leptos::server::{Config, workos::Failure};
use secrecy::ExposeSecret;
use serde::Serialize;

/// A problem and its fix.
#[derive(Debug, Serialize)]
pub struct Obstacle {
    /// The problem.
    pub problem: String,
    /// The fix.
    pub fix: String,
}

impl Obstacle {
    /// The obstacle that a failure of any call is.
    #[must_use]
    pub fn to_anything(failure: Failure, config: &Config) -> Self {
        let (key, origin) = (key(config), config.api.origin());
        match failure {
            Failure::Misconfigured => obstacle(
                format!("WorkOS does not know {key} (HTTP 401)"),
                "copy it again from the dashboard, API Keys; it may have been revoked, or be of another \
                 environment",
            ),
            Failure::RateLimited { retry_after } => obstacle(
                "WorkOS asks to slow down (HTTP 429)",
                match retry_after {
                    Some(wait) => format!("try again in {} seconds", wait.as_secs()),
                    None => "try again in a minute".to_owned(),
                },
            ),
            Failure::Unreachable => obstacle(
                format!("{origin} can't be reached"),
                match config.api.is_overridden() {
                    true => {
                        "start what answers there, or leave out WORKOS_API_HOSTNAME, _HTTPS and _PORT to \
                         use WorkOS itself"
                    }
                    false => {
                        "look at https://status.workos.com, and whether this machine needs a proxy or a \
                         firewall rule to get out"
                    }
                },
            ),
            // Before anything is sent, only a key that can't be a header stops a request.
            _ => obstacle(
                format!("{key} has characters that can't be sent"),
                "copy it again from the dashboard, API Keys",
            ),
        }
    }
}

/// Makes an [`Obstacle`].
pub fn obstacle(problem: impl Into<String>, fix: impl Into<String>) -> Obstacle {
    Obstacle {
        problem: problem.into(),
        fix: fix.into(),
    }
}

/// The HTTP status of an answer of WorkOS, or of a gateway.
#[must_use]
pub fn status(failure: Failure) -> Option<u16> {
    match failure {
        Failure::Declined { status } | Failure::Broken { status, .. } => Some(status),
        _ => None,
    }
}

/// The kind of the API key, for a sentence.
#[must_use]
pub fn key(config: &Config) -> &'static str {
    match config.api_key.expose_secret() {
        key if key.starts_with("sk_live_") => "the live key in WORKOS_API_KEY",
        key if key.starts_with("sk_test_") => "the test key in WORKOS_API_KEY",
        _ => "the key in WORKOS_API_KEY",
    }
}
