//! What is in the way of a registration and what to do about it, a sentence each.
//!
//! As all obstacles, made from a sorted failure, never from WorkOS's own words.

use super::item::What;
use crate::obstacle::{Obstacle, key, obstacle, status};
use authkit_leptos::server::{Config, workos::Failure};

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
