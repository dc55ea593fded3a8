//! One address and what became of it, as it is printed: a line for people or an object for machines.
//!
//! Holds no secret: values are addresses, and obstacles never name a key.

use crate::obstacle::Obstacle;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Columns before the address and what is said below it.
const INDENT: usize = 14;
/// Columns of the address.
const ADDRESS: usize = 46;

/// An address and what became of it.
#[derive(Debug, Serialize)]
pub struct Item {
    /// Its purpose.
    pub what: What,
    /// The address.
    pub value: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Where AuthKit sends codes to.
    RedirectUri,
    /// From where scripts may call WorkOS.
    CorsOrigin,
    /// Where people come back to after signing out.
    SignOutUri,
}

/// What became of an address.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was missing, and is there now.
    Registered,
    /// It was there.
    AlreadyThere,
    /// It is missing, and a dry run leaves it so.
    WouldRegister,
    /// It has to be entered in the dashboard.
    ByHand {
        /// Where.
        fix: String,
    },
    /// It could not be registered, or not even looked for.
    Failed(Obstacle),
}

impl What {
    fn title(self) -> &'static str {
        match self {
            Self::RedirectUri => "redirect URI",
            Self::CorsOrigin => "CORS origin",
            Self::SignOutUri => "sign-out URI",
        }
    }

    /// More than one of them, in a sentence.
    pub fn plural(self) -> &'static str {
        match self {
            Self::RedirectUri => "redirect URIs",
            Self::CorsOrigin => "CORS origins",
            Self::SignOutUri => "sign-out URIs",
        }
    }

    /// Where the dashboard has it.
    pub fn place(self) -> &'static str {
        match self {
            Self::RedirectUri => "Applications → your app → Redirects",
            Self::CorsOrigin => "Authentication → Configure CORS",
            Self::SignOutUri => "Applications → your app → Redirects, as a sign-out redirect",
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (outcome, below): (_, &[&String]) = match &self.outcome {
            Outcome::Registered => ("registered", &[]),
            Outcome::AlreadyThere => ("already there", &[]),
            Outcome::WouldRegister => ("would be registered", &[]),
            Outcome::ByHand { fix } => ("to be added by hand", &[fix]),
            Outcome::Failed(Obstacle { problem, fix }) => {
                ("could not be registered", &[problem, fix])
            }
        };
        let (title, value) = (self.what.title(), &self.value);
        write!(f, "{title:<INDENT$}{value:<ADDRESS$} {outcome}")?;
        below
            .iter()
            .try_for_each(|line| write!(f, "\n{:INDENT$}{line}", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Item {
        Item {
            what: What::CorsOrigin,
            value: "https://app.example".to_owned(),
            outcome: Outcome::Failed(Obstacle {
                problem: "no".to_owned(),
                fix: "try".to_owned(),
            }),
        }
    }

    #[test]
    fn people_read_one_line_and_below_it_what_to_do() {
        let said = failed().to_string();
        let lines: Vec<_> = said.lines().collect();
        assert!(lines[0].starts_with("CORS origin   https://app.example "));
        assert!(lines[0].ends_with(" could not be registered"));
        assert_eq!(lines[1..], ["              no", "              try"]);
    }

    #[test]
    fn machines_read_a_flat_object() {
        assert_eq!(
            serde_json::to_string(&failed()).unwrap(),
            r#"{"what":"cors_origin","value":"https://app.example","outcome":"failed","problem":"no","fix":"try"}"#
        );
    }
}
