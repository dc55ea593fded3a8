//! What is in the way of a registration and what to do about it, a sentence each.
//!
//! Made from a sorted failure, never from WorkOS's own words. Names the kind of key, never the key.

use super::item::What;
use crate::authkit::server::{Config, workos::Failure};
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

/// Whether the API does not know what it was asked for.
pub fn is_no_such_endpoint(failure: Failure) -> bool {
    matches!(status(failure), Some(404 | 405))
}

impl Obstacle {
    /// To registering what this is.
    pub fn to(what: What, failure: Failure, config: &Config) -> Self {
        let (plural, place) = (what.plural(), what.place());
        let (key, origin) = (key(config), config.api.origin());
        let by_hand = format!("add it by hand in the dashboard, {place}");
        match status(failure) {
            Some(403) => obstacle(
                format!("{key} is not authorised to manage {plural} (HTTP 403)"),
                format!(
                    "let it in the dashboard, API Keys, or use a key without restrictions; or {by_hand}"
                ),
            ),
            Some(404 | 405) => obstacle(
                format!("{origin} does not offer to list {plural}, as WorkOS does"),
                format!("check WORKOS_API_HOSTNAME; without --dry-run it is tried; or {by_hand}"),
            ),
            Some(status @ (400 | 422)) => obstacle(
                format!("WorkOS refuses the address (HTTP {status})"),
                "it has to be https, or http on localhost, without wildcard and fragment: change \
                 WORKOS_REDIRECT_URI",
            ),
            Some(status @ (408 | 500..)) => obstacle(
                format!("WorkOS answered HTTP {status}, an error of its own"),
                format!("try again later and look at https://status.workos.com, or {by_hand}"),
            ),
            Some(status) => obstacle(
                format!("{origin} answered HTTP {status}, but not as WorkOS does"),
                format!("check WORKOS_API_HOSTNAME, or {by_hand}"),
            ),
            None => Self::to_anything(failure, config),
        }
    }

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

    /// To everything: what is registered with this key does not help this client.
    pub fn another_environment(config: &Config) -> Self {
        obstacle(
            format!(
                "{} does not belong to WORKOS_CLIENT_ID, so nothing was registered",
                key(config)
            ),
            "copy both from the same environment of the WorkOS dashboard",
        )
    }
}

fn obstacle(problem: impl Into<String>, fix: impl Into<String>) -> Obstacle {
    Obstacle {
        problem: problem.into(),
        fix: fix.into(),
    }
}

fn status(failure: Failure) -> Option<u16> {
    match failure {
        Failure::Declined { status } | Failure::Broken { status, .. } => Some(status),
        _ => None,
    }
}

fn key(config: &Config) -> &'static str {
    match config.api_key.expose_secret() {
        key if key.starts_with("sk_live_") => "the live key in WORKOS_API_KEY",
        key if key.starts_with("sk_test_") => "the test key in WORKOS_API_KEY",
        _ => "the key in WORKOS_API_KEY",
    }
}
