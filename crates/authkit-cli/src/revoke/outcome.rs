//! What became of a session that was to be revoked, at WorkOS and in the app, and how soon the app notices.
//!
//! Printed by `revoke`. The names of the object's fields are a promise, kept in docs/users.md.

use super::app_ledger::AppLedger;
use crate::{account::Account, obstacle::Obstacle};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Columns of an id.
const ID: usize = 36;

/// One session and what became of it.
#[derive(Debug, Serialize)]
pub struct Ended<'a> {
    pub session: &'a str,
    #[serde(flatten)]
    pub at_workos: AtWorkOs,
    #[serde(rename = "app")]
    pub at_app: AtApp,
}

/// What became of it at WorkOS.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AtWorkOs {
    /// It has ended now.
    Revoked,
    /// It had ended before, or there never was one of this id.
    AlreadyEnded,
    /// WorkOS did not do it.
    Failed(Obstacle),
}

/// What became of it in the app.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AtApp {
    /// It is on the app's deny list.
    Denied,
    /// The app has yet to hear of it.
    NotTold,
}

impl AtApp {
    pub fn new(denied: &Result<(), Option<String>>) -> Self {
        match denied {
            Ok(()) => Self::Denied,
            Err(_) => Self::NotTold,
        }
    }
}

impl Display for Ended<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:<ID$} ", self.session)?;
        match (&self.at_workos, self.at_app) {
            (AtWorkOs::Revoked, _) => f.write_str("revoked"),
            (AtWorkOs::AlreadyEnded, _) => {
                f.write_str("had ended already, or WorkOS has no such session")
            }
            (AtWorkOs::Failed(Obstacle { problem, fix }), at_app) => {
                let app = match at_app {
                    AtApp::Denied => "over in the app, but not at WorkOS",
                    AtApp::NotTold => "not revoked",
                };
                write!(f, "{app}\n  {problem}\n  {fix}")
            }
        }
    }
}

/// How the app hears that the sessions are over.
pub enum Hearing {
    /// They are on its deny list.
    DenyList { is_postgres: bool },
    /// The emulator tells the app that it belongs to.
    Emulator,
    /// Not from here, and why, if that is known; whether it accepts WorkOS's webhooks.
    Later {
        said: Option<String>,
        has_webhook: bool,
    },
}

impl Hearing {
    /// `not_denied` is why one of them could not be put on the deny list.
    pub fn new(account: &Account, ledger: &AppLedger, not_denied: Option<String>) -> Self {
        match (ledger, not_denied) {
            (AppLedger::Open { is_postgres, .. }, None) => Self::DenyList {
                is_postgres: *is_postgres,
            },
            (AppLedger::Unknown, _) if account.is_emulator => Self::Emulator,
            (_, said) => Self::Later {
                said,
                has_webhook: account.config.webhook_secret.is_some(),
            },
        }
    }
}

impl Display for Hearing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::DenyList { is_postgres: false } => {
                f.write_str("Every process of the app refuses them within a second.")
            }
            Self::DenyList { is_postgres: true } => f.write_str(
                "Every process of the app refuses them at once; within a second where a pooler carries no notifications.",
            ),
            Self::Emulator => f.write_str(
                "The AuthKit of this machine tells the app that was started with it, at once.",
            ),
            Self::Later { said, has_webhook } => {
                if let Some(said) = said {
                    writeln!(f, "The app's deny list could not be written: {said}")?;
                }
                f.write_str(match has_webhook {
                    true => {
                        "The app hears of it from WorkOS's webhook session.revoked, within moments if WorkOS has its \
                         endpoint, and in any case when it renews a session."
                    }
                    false => {
                        "The app hears of it when it renews a session: when its access token expires, five minutes after \
                         it was issued unless WorkOS's dashboard says otherwise.\nWith WORKOS_WEBHOOK_SECRET, or run as a \
                         command of the app's own program, which knows its database, it would count within moments."
                    }
                })
            }
        }
    }
}
