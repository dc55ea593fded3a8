//! [`SignIn`]: a sign-in that is about to happen, and [`Admit`]: what the app makes of it.
//!
//! Made by the token request once everything is verified. Never holds the refresh token.

use crate::{
    auth::{Impersonator, User},
    authentication_method::AuthenticationMethod,
    paths::ReturnTo,
    server::{token::Claims, workos::OAuthTokens},
};
use secrecy::SecretString;
use std::sync::Arc;

/// The longest code that an app gives a refusal, in bytes.
const LONGEST_CODE: usize = 64;
/// The longest sentence that an app says to whom it refuses, in characters.
const LONGEST_SENTENCE: usize = 300;

/// A sign-in that is verified and has not happened yet: no cookie is set, and nothing is stored.
///
/// `Debug` shows no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignIn {
    /// Who signs in, as WorkOS describes them.
    pub user: User,
    /// WorkOS's id of the session.
    pub session_id: String,
    /// The organization they sign in to.
    pub organization_id: Option<String>,
    /// How they have signed in.
    pub method: Option<AuthenticationMethod>,
    /// Who signs in as the user, if it is not the user.
    pub impersonator: Option<Impersonator>,
    /// The identity provider's own tokens. The library forgets them after this.
    pub oauth_tokens: Option<OAuthTokens>,
    /// The `state` of the link that started the sign-in. Whoever makes a link chooses it: do not trust it.
    pub state: Option<String>,
    /// Where the sign-in leads.
    pub return_to: ReturnTo,
    /// What the access token says, verified.
    pub claims: Arc<Claims>,
    pub(in crate::server) access_token: SecretString,
}

impl SignIn {
    /// The access token, verified.
    #[must_use]
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }
}

/// What the app makes of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admit {
    /// Let them in.
    Yes,
    /// Let them in, and lead them here instead of where the sign-in would have led.
    To(ReturnTo),
    /// Do not let them in.
    No(Refusal),
}

/// What a user reads whom the app does not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A reason code: shown small on the page, and logged, as `app_` and this. Letters, digits and `_`, 64 at most.
    pub code: &'static str,
    /// What the user reads: plain text, 300 characters at most.
    pub sentence: String,
}

impl Refusal {
    /// The reason code as it is shown and logged.
    pub(in crate::server) fn reason(&self) -> String {
        let letters = self.code.chars().take(LONGEST_CODE);
        let letters = letters.map(|it| if it.is_ascii_alphanumeric() { it } else { '_' });
        format!("app_{}", letters.collect::<String>())
    }

    /// The sentence as it is shown: no controls, and not too long.
    pub(in crate::server) fn shown(&self) -> String {
        let mut letters = self.sentence.chars().filter(|it| !it.is_control());
        let mut shown: String = letters.by_ref().take(LONGEST_SENTENCE).collect();
        if letters.next().is_some() {
            shown.pop();
            shown.push('…');
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_shown_within_bounds_whatever_the_app_says() {
        let refusal = |code, sentence: &str| Refusal {
            code,
            sentence: sentence.to_owned(),
        };
        let usual = refusal("not_invited", "Ask for an invitation.");
        assert_eq!(usual.reason(), "app_not_invited");
        assert_eq!(usual.shown(), "Ask for an invitation.");
        let huge = refusal("a&reason=<b>\r\n", &"é\0\n".repeat(301));
        assert_eq!(huge.reason(), "app_a_reason__b___");
        assert_eq!(huge.shown(), "é".repeat(299) + "…");
        assert_eq!(refusal("", &"é".repeat(300)).shown(), "é".repeat(300));
    }
}
