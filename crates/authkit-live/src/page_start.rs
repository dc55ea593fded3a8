//! [`PageStart`]: what a page with forms starts from besides its answers.
//!
//! Made by the server ([`Live::page_start`](super::server::Live::page_start)), and a prop of the page's island. Holds
//! nothing of anybody but the person whose page it is.

use crate::mutation::Refused;
use serde::{Deserialize, Serialize};

/// What a page starts from: the server's clock, keys for its forms, and what went wrong with a form that was sent without
/// scripts and led back here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStart {
    /// The server's time when the page was made, in seconds since the epoch.
    pub now: u64,
    /// What the keys of the page's forms begin with.
    pub once: String,
    /// The plain form that led back here refused, if there is one.
    pub refused: Option<RefusedForm>,
}

/// A form that was sent without scripts and refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// Which: the name of its mutation. Empty where nobody knows.
    pub name: String,
    /// Why.
    pub refused: Refused,
    /// The names and texts of its fields.
    pub fields: Vec<(String, String)>,
    /// The key to send it with again, where it is not known whether it was done.
    pub once: Option<String>,
}

impl PageStart {
    /// What was typed into a field of this form before it was refused.
    #[must_use]
    pub fn typed(&self, form: &str, field: &str) -> Option<&str> {
        let refused = self.refused.as_ref().filter(|it| it.name == form)?;
        let typed = refused.fields.iter().find(|(name, _)| name == field);
        typed.map(|(_, text)| text.as_str())
    }
}
