//! [`Said`]: what the app said to a user it did not let in, on its way to the page that shows it.
//!
//! Sealed into that page's address: nobody can make up a link with a text of their own on a page of the app, and nothing
//! is stored for somebody who is not signed in. An old one is no longer shown.

use crate::server::{
    core::seal::{Salt, Sealer},
    hooks::Refusal,
};
use serde::{Deserialize, Serialize};

const PURPOSE: &str = "what the app said";
/// The query parameter that holds it.
pub const PARAMETER: &str = "said";
/// Seconds for which it is shown.
const SHOWN_FOR: u64 = 600;

/// A code and a sentence of the app's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `app_…`
    pub reason: String,
    /// Plain text.
    pub sentence: String,
    until: u64,
}

impl Said {
    /// Said now.
    pub fn now(refusal: &Refusal, now: u64) -> Self {
        Self {
            reason: refusal.reason(),
            sentence: refusal.shown(),
            until: now.saturating_add(SHOWN_FOR),
        }
    }

    /// URL-safe text. `salt` must be random.
    pub fn seal(&self, sealer: &Sealer, salt: Salt) -> String {
        let bytes = postcard::to_stdvec(self).expect("strings and a number encode");
        sealer.seal(salt, PURPOSE, &bytes)
    }

    /// What was said, if it was us who sealed it, and lately.
    pub fn open(sealer: &Sealer, sealed: &str, now: u64) -> Option<Self> {
        let bytes = sealer.open(PURPOSE, sealed).ok()?;
        let said: Self = postcard::from_bytes(&bytes).ok()?;
        (now <= said.until).then_some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[test]
    fn what_the_app_said_is_shown_for_ten_minutes_and_a_made_up_one_never() {
        let sealer = |fill: &str| Sealer::new(&SecretString::from(fill.repeat(32)), []);
        let refusal = Refusal {
            code: "not_invited",
            sentence: "Ask for an invitation.".to_owned(),
        };
        let said = Said::now(&refusal, 1_000);
        let sealed = said.seal(&sealer("a"), [7; 24]);
        assert_eq!(Said::open(&sealer("a"), &sealed, 1_600), Some(said));
        assert_eq!(Said::open(&sealer("a"), &sealed, 1_601), None);
        assert_eq!(Said::open(&sealer("b"), &sealed, 1_000), None);
        assert_eq!(Said::open(&sealer("a"), "made-up", 1_000), None);
        let longest = Refusal {
            code: "x",
            sentence: "𝔸".repeat(300),
        };
        let sealed = Said::now(&longest, u64::MAX).seal(&sealer("a"), [7; 24]);
        assert!(sealed.len() < 2_000, "{}", sealed.len());
    }
}
