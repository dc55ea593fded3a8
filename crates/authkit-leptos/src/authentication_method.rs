//! [`AuthenticationMethod`]: how a user signed in, in WorkOS's words.
//!
//! Made of WorkOS's answer to a sign-in, carried by the session, read by hooks and pages. Says what WorkOS said; decides
//! nothing.

use serde::{Deserialize, Serialize};

/// How a user signed in: WorkOS's `authentication_method`.
///
/// Serialized as WorkOS's word for it, also where the format would number variants.
///
/// ```
/// # use authkit_leptos::AuthenticationMethod;
/// let method = AuthenticationMethod::from("GoogleOAuth".to_owned());
/// assert_eq!(method, AuthenticationMethod::GoogleOAuth);
/// assert_eq!(method.as_str(), "GoogleOAuth");
/// // A way to sign in that WorkOS has added since.
/// assert_eq!(AuthenticationMethod::from("Telepathy".to_owned()).as_str(), "Telepathy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AuthenticationMethod {
    /// Single sign-on of an organization (SAML or OpenID Connect).
    Sso,
    /// A password.
    Password,
    /// A passkey (`WebAuthn`).
    Passkey,
    /// A code that was sent by e-mail.
    MagicAuth,
    /// Apple.
    AppleOAuth,
    /// GitHub.
    GitHubOAuth,
    /// Google.
    GoogleOAuth,
    /// Microsoft.
    MicrosoftOAuth,
    /// Somebody from your team signed in as the user.
    Impersonation,
    /// A way that this version has no name for, in WorkOS's word.
    Other(String),
}

/// WorkOS's words.
const WORDS: [(&str, AuthenticationMethod); 9] = [
    ("SSO", AuthenticationMethod::Sso),
    ("Password", AuthenticationMethod::Password),
    ("Passkey", AuthenticationMethod::Passkey),
    ("MagicAuth", AuthenticationMethod::MagicAuth),
    ("AppleOAuth", AuthenticationMethod::AppleOAuth),
    ("GitHubOAuth", AuthenticationMethod::GitHubOAuth),
    ("GoogleOAuth", AuthenticationMethod::GoogleOAuth),
    ("MicrosoftOAuth", AuthenticationMethod::MicrosoftOAuth),
    ("Impersonation", AuthenticationMethod::Impersonation),
];

impl AuthenticationMethod {
    /// WorkOS's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(word) = self {
            return word;
        }
        let found = WORDS.iter().find(|(_, method)| method == self);
        found.map_or("", |(word, _)| word)
    }
}

impl From<String> for AuthenticationMethod {
    fn from(word: String) -> Self {
        let found = WORDS.iter().find(|(known, _)| *known == word);
        found.map_or(Self::Other(word), |(_, method)| method.clone())
    }
}

impl From<AuthenticationMethod> for String {
    fn from(method: AuthenticationMethod) -> Self {
        method.as_str().to_owned()
    }
}

#[cfg(all(test, feature = "axum"))]
mod tests {
    use super::*;
    use workos::AuthenticateResponseAuthenticationMethod as Sdk;

    #[test]
    fn each_method_has_the_word_that_the_sdk_has_for_it_and_an_unknown_one_stays_as_it_is() {
        for (word, method) in &WORDS {
            let sdk: Sdk = serde_json::from_value((*word).into()).unwrap();
            assert!(!matches!(sdk, Sdk::Unknown(_)), "{word}");
            assert_eq!(serde_json::to_value(method).unwrap(), *word);
            assert_eq!(
                AuthenticationMethod::from((*word).to_owned()),
                method.clone()
            );
        }
        for unknown in ["", "sso", "XeroOAuth"] {
            let method = AuthenticationMethod::from(unknown.to_owned());
            assert_eq!(method, AuthenticationMethod::Other(unknown.to_owned()));
            let sealed = postcard::to_stdvec(&method).unwrap();
            assert_eq!(
                postcard::from_bytes::<AuthenticationMethod>(&sealed).unwrap(),
                method
            );
        }
    }
}
