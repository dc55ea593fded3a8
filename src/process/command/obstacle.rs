//! What is in the way of a command that calls WorkOS, and what to do about it, a sentence each.
//!
//! Made from a sorted failure, never from WorkOS's own words. Names the kind of key, never the key.

use authkit_leptos::server::{Config, workos::Failure};
use secrecy::ExposeSecret;
use serde::Serialize;

/// What is in the way, and what to do.
#[derive(Debug, Serialize)]
pub struct Obstacle {
    /// What is in the way.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl Obstacle {
    /// To any call at all.
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

/// One of these.
pub fn obstacle(problem: impl Into<String>, fix: impl Into<String>) -> Obstacle {
    Obstacle {
        problem: problem.into(),
        fix: fix.into(),
    }
}

/// The status that WorkOS, or a gateway, has answered with.
pub fn status(failure: Failure) -> Option<u16> {
    match failure {
        Failure::Declined { status } | Failure::Broken { status, .. } => Some(status),
        _ => None,
    }
}

/// Which key it is.
pub fn key(config: &Config) -> &'static str {
    match config.api_key.expose_secret() {
        key if key.starts_with("sk_live_") => "the live key in WORKOS_API_KEY",
        key if key.starts_with("sk_test_") => "the test key in WORKOS_API_KEY",
        _ => "the key in WORKOS_API_KEY",
    }
}
