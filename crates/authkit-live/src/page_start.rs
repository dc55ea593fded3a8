//! [`PageStart`]: what a page with forms starts from besides its answers.
//!
//! Made by the server ([`Live::page_start`](super::server::Live::page_start)), and a prop of the page's island or list. Holds
//! nothing of anybody but the person whose page it is.

use crate::mutation::Refused;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a page starts from: the server's clock, keys for its forms, and what went wrong with a form that was sent without
/// scripts and led back here.
///
/// In the page's HTML an island has less of it: what only the server needs to make the page, such as what was typed, is in
/// the HTML as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// The server's time; what is wrong, at which form, and at which field of it.
type InThePage = (u64, String, String, String);

impl Serialize for PageStart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Only the server writes props, but islands are compiled to write theirs in the browser too.
        if cfg!(feature = "hydrate") {
            return serializer.serialize_unit();
        }
        let form = self.refused.clone();
        let (problem, form, field) = form.map_or_else(Default::default, |form| {
            let field = form.refused.field.unwrap_or_default();
            (form.refused.message, form.name, field)
        });
        let in_the_page: InThePage = (self.now, problem, form, field);
        in_the_page.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PageStart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (now, message, name, field) = InThePage::deserialize(deserializer)?;
        let refused = (!message.is_empty()).then(|| RefusedForm {
            name,
            refused: Refused {
                code: String::new(),
                message,
                field: (!field.is_empty()).then_some(field),
            },
            fields: Vec::new(),
            once: None,
        });
        let once = String::new();
        Ok(Self { now, once, refused })
    }
}
