//! [`Hints`]: what a link that starts a sign-in may say about it.
//!
//! Read by the server functions, passed through to WorkOS as it is. Nothing here is trusted.

use serde::{Deserialize, Serialize};

/// What an app may tell AuthKit about a sign-in: query parameters of `/sign-in` and `/sign-up`,
/// passed through to WorkOS's `GET /user_management/authorize` under the same names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// E-mail address to fill in.
    pub login_hint: Option<String>,
    /// Organization to sign in to.
    pub organization_id: Option<String>,
    /// Domain whose single sign-on connection is looked up.
    pub domain_hint: Option<String>,
    /// Single sign-on connection to use.
    pub connection_id: Option<String>,
    /// OAuth provider to use, such as `GoogleOAuth`; `authkit` when nothing else is named.
    pub provider: Option<String>,
    /// `login`, `none`, `consent` or `select_account` (OpenID Connect Core §3.1.2.1).
    pub prompt: Option<String>,
    /// Seconds since the last active sign-in after which the user is asked again: at most 30 days, and only on AuthKit's own
    /// screens, without `provider` and `connection_id`.
    pub max_age: Option<String>,
    /// Invitation to accept.
    pub invitation_token: Option<String>,
    /// Scopes to ask the OAuth provider for beside its usual ones, with commas between; with a `provider` only.
    pub provider_scopes: Option<String>,
}

/// The longest `max_age`, in seconds: 30 days.
#[cfg(feature = "axum")]
const LONGEST_MAX_AGE: u64 = 2_592_000;

/// A `max_age` that can't be obeyed.
#[cfg(feature = "axum")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnusableMaxAge;

impl Hints {
    /// The hints among query parameters.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            login_hint: parameter("login_hint"),
            organization_id: parameter("organization_id"),
            domain_hint: parameter("domain_hint"),
            connection_id: parameter("connection_id"),
            provider: parameter("provider"),
            prompt: parameter("prompt"),
            max_age: parameter("max_age"),
            invitation_token: parameter("invitation_token"),
            provider_scopes: parameter("provider_scopes"),
        }
    }

    /// The hints that are given, as query parameters.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("login_hint", &self.login_hint),
            ("organization_id", &self.organization_id),
            ("domain_hint", &self.domain_hint),
            ("connection_id", &self.connection_id),
            ("provider", &self.provider),
            ("prompt", &self.prompt),
            ("max_age", &self.max_age),
            ("invitation_token", &self.invitation_token),
            ("provider_scopes", &self.provider_scopes),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// `max_age` in seconds, if it is given.
    ///
    /// # Errors
    /// When it is no whole number of seconds up to 30 days, or where AuthKit does not obey it.
    #[cfg(feature = "axum")]
    pub(crate) fn max_age(&self) -> Result<Option<u64>, UnusableMaxAge> {
        let Some(max_age) = self.max_age.as_deref() else {
            return Ok(None);
        };
        // `parse` would take a sign.
        let digits = max_age.bytes().all(|it| it.is_ascii_digit());
        let seconds = max_age
            .parse()
            .ok()
            .filter(|seconds| *seconds <= LONGEST_MAX_AGE);
        let is_authkit = self.provider.as_deref().is_none_or(|it| it == "authkit");
        match seconds {
            Some(seconds) if digits && is_authkit && self.connection_id.is_none() => {
                Ok(Some(seconds))
            }
            _ => Err(UnusableMaxAge),
        }
    }

    /// Whether they ask somebody who is signed in to prove or to choose again who they are.
    #[must_use]
    pub fn ask_again(&self) -> bool {
        let prompts = self.prompt.as_deref().is_some_and(|it| it != "none");
        prompts || self.max_age.is_some()
    }

    /// Whether they choose who signs in, or where: what a user must have asked for. `email` is the address of
    /// the user who is signed in.
    #[must_use]
    pub fn choose_who_or_where(&self, email: Option<&str>) -> bool {
        let names_another_user = email
            .zip(self.login_hint.as_deref())
            .is_some_and(|(email, hint)| !hint.eq_ignore_ascii_case(email));
        let names_a_provider = self.provider.as_deref().is_some_and(|it| it != "authkit");
        names_another_user
            || names_a_provider
            || self.organization_id.is_some()
            || self.domain_hint.is_some()
            || self.connection_id.is_some()
            || self.invitation_token.is_some()
    }
}

#[cfg(all(test, feature = "axum"))]
mod tests {
    use super::*;

    #[test]
    fn a_max_age_is_whole_seconds_up_to_thirty_days_and_authkits_alone() {
        let hints = |max_age: &str| Hints {
            max_age: Some(max_age.to_owned()),
            ..Hints::default()
        };
        assert_eq!(Hints::default().max_age(), Ok(None));
        for (max_age, seconds) in [("0", 0), ("300", 300), ("2592000", 2_592_000)] {
            assert_eq!(hints(max_age).max_age(), Ok(Some(seconds)));
        }
        for odd in [
            "", "-1", "+1", " 1", "1.5", "1e3", "2592001", "soon", "\u{661}",
        ] {
            assert_eq!(hints(odd).max_age(), Err(UnusableMaxAge), "{odd}");
        }
        let by = |provider: Option<&str>, connection: Option<&str>| {
            let hints = Hints {
                provider: provider.map(str::to_owned),
                connection_id: connection.map(str::to_owned),
                ..hints("300")
            };
            hints.max_age()
        };
        assert_eq!(by(Some("authkit"), None), Ok(Some(300)));
        assert_eq!(by(Some("GoogleOAuth"), None), Err(UnusableMaxAge));
        assert_eq!(by(None, Some("conn_1")), Err(UnusableMaxAge));
    }
}
