//! [`OAuthTokens`]: the tokens of the identity provider that a user signed in with.
//!
//! Part of WorkOS's answer to a sign-in, handed to the app's hook, and kept nowhere.

use secrecy::SecretString;
use workos::AuthenticateResponseOAuthToken;

/// Tokens of an identity provider, such as Google's, for calling its API on the user's behalf. WorkOS gives them where its
/// dashboard says so ("Return OAuth tokens").
///
/// `Debug` shows no token.
///
/// ```
/// # use authkit_leptos::server::{ExposeSecret, workos::OAuthTokens};
/// fn authorization(tokens: &OAuthTokens) -> String {
///     format!("Bearer {}", tokens.access_token.expose_secret())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuthTokens {
    /// Whose they are, such as `GoogleOAuth`.
    pub provider: String,
    /// The provider's access token.
    pub access_token: SecretString,
    /// The provider's refresh token; empty if it gave none.
    pub refresh_token: SecretString,
    /// When the access token expires, seconds since the epoch; `None` if WorkOS does not say.
    pub expires_at: Option<u64>,
    /// What it is good for.
    pub scopes: Vec<String>,
}

impl From<AuthenticateResponseOAuthToken> for OAuthTokens {
    fn from(tokens: AuthenticateResponseOAuthToken) -> Self {
        let expires_at = u64::try_from(tokens.expires_at).ok();
        Self {
            provider: tokens.provider,
            access_token: tokens.access_token.into_inner().into(),
            refresh_token: tokens.refresh_token.into_inner().into(),
            expires_at: expires_at.filter(|it| *it > 0),
            scopes: tokens.scopes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn the_tokens_are_read_as_workos_sends_them_and_not_shown() {
        let sent = serde_json::json!({
            "provider": "GoogleOAuth", "access_token": "ya29.secret", "refresh_token": "1//secret",
            "expires_at": 1_700_000_000, "scopes": ["calendar"],
        });
        let tokens: AuthenticateResponseOAuthToken = serde_json::from_value(sent).unwrap();
        let never = AuthenticateResponseOAuthToken {
            expires_at: 0,
            ..tokens.clone()
        };
        assert_eq!(OAuthTokens::from(never).expires_at, None);
        let tokens = OAuthTokens::from(tokens);
        assert_eq!(tokens.access_token.expose_secret(), "ya29.secret");
        assert_eq!(tokens.refresh_token.expose_secret(), "1//secret");
        assert_eq!(tokens.expires_at, Some(1_700_000_000));
        assert!(!format!("{tokens:?}").contains("secret\""));
    }
}
