//! The names of events: those that are listed unless others are asked for, and what a name looks like.
//!
//! Used by `events`. A test compares the names with those of WorkOS's SDK.

use std::str::FromStr;

/// Events of users and their sign-ins.
pub const DEFAULT: &[&str] = &[
    "authentication.email_verification_succeeded",
    "authentication.magic_auth_failed",
    "authentication.magic_auth_succeeded",
    "authentication.mfa_succeeded",
    "authentication.oauth_failed",
    "authentication.oauth_succeeded",
    "authentication.passkey_failed",
    "authentication.passkey_succeeded",
    "authentication.password_failed",
    "authentication.password_succeeded",
    "authentication.radar_risk_detected",
    "authentication.reauthentication_succeeded",
    "authentication.sso_failed",
    "authentication.sso_succeeded",
    "organization_membership.created",
    "organization_membership.deleted",
    "organization_membership.updated",
    "password_reset.created",
    "password_reset.succeeded",
    "session.created",
    "session.revoked",
    "user.created",
    "user.deleted",
    "user.updated",
];

/// The name of an event.
#[derive(Clone, Debug)]
pub struct EventName(pub String);

/// The text is no name.
#[derive(Debug, thiserror::Error)]
#[error("not the name of an event such as session.created")]
pub struct NotAName;

impl FromStr for EventName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let is_name = text.contains('.')
            && text.len() <= 64
            && text
                .chars()
                .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.'));
        match is_name {
            true => Ok(Self(text.to_owned())),
            false => Err(NotAName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workos::CreateWebhookEndpointEvents;

    #[test]
    fn each_default_is_an_event_of_workos() {
        for name in DEFAULT {
            assert!(name.parse::<EventName>().is_ok(), "{name}");
            let known: CreateWebhookEndpointEvents = name.parse().unwrap();
            assert!(
                !matches!(known, CreateWebhookEndpointEvents::Unknown(_)),
                "{name}"
            );
        }
    }
}
