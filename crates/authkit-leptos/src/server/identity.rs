//! [`UserIdentity`]: who is calling, whoever vouches for them and however they prove it.
//!
//! Made from the verified claims of a session's access token, or of a token that came in the
//! `Authorization` header. Read by server functions and handlers through `identity()` and guards. Holds
//! no token.

use super::{
    auth::Auth,
    bearer::BearerError,
    token::{Claims, Verified, claims::if_it_fits},
};
use crate::{AuthState, User};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// Who is calling: the standard claims of OpenID Connect Core §5.1, and all others as JSON.
///
/// A standard claim of an unexpected type is as good as none; `claims` has it as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserIdentity {
    /// Issuer and subject in one, `issuer|subject`: the key to know this caller by. A subject alone is
    /// unique only within its issuer.
    #[serde(default)]
    pub token_identifier: String,
    /// The issuer's name for the caller (`sub`); with AuthKit the user's id.
    #[serde(rename = "sub")]
    pub subject: String,
    /// Who vouches for them (`iss`).
    #[serde(rename = "iss")]
    pub issuer: String,
    /// Full name.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub name: Option<String>,
    /// Given name.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub family_name: Option<String>,
    /// What friends call them.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub nickname: Option<String>,
    /// What they want to be called. Not unique.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub preferred_username: Option<String>,
    /// Address of their profile page.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub profile: Option<String>,
    /// Address of their picture.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub picture: Option<String>,
    /// E-mail address. See `email_verified` before relying on it.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub email: Option<String>,
    /// Whether they have shown that the address is theirs.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub email_verified: Option<bool>,
    /// Gender.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub gender: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub birthdate: Option<String>,
    /// Time zone, such as `Europe/Berlin`.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub zoneinfo: Option<String>,
    /// Language, such as `de-CH`.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub locale: Option<String>,
    /// Telephone number.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub phone_number: Option<String>,
    /// Whether they have shown that the number is theirs.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub phone_number_verified: Option<bool>,
    /// Postal address, as the issuer structures it.
    #[serde(default)]
    pub address: Option<Value>,
    /// When the issuer last changed any of this: seconds since the epoch, or text.
    #[serde(default)]
    pub updated_at: Option<Value>,
    /// Whether this app's own AuthKit vouches for them, as opposed to another provider.
    #[serde(default)]
    pub is_authkit: bool,
    /// All other claims: `exp`, `aud`, `sid`, `org_id`, `role`, and the issuer's own.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

/// Why it is not known who is calling, though somebody says who they are.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IdentityError {
    /// The token that came with the call.
    #[error(transparent)]
    Bearer(Arc<BearerError>),
    /// There is a session, but nobody can vouch for it right now.
    #[error("the session can't be checked right now")]
    Unavailable {
        /// How long to wait, where that is known.
        retry_after: Option<Duration>,
    },
}

impl UserIdentity {
    /// Out of the claims of a verified token, and of nothing else.
    fn read(mut claims: Map<String, Value>, is_authkit: bool) -> Self {
        // A claim by such a name is the issuer's, and these are ours to say.
        claims.remove("token_identifier");
        claims.remove("is_authkit");
        let mut identity: Self = serde_json::from_value(Value::Object(claims))
            .expect("a verified token has iss and sub, and nothing else is required");
        identity.token_identifier = format!("{}|{}", identity.issuer, identity.subject);
        identity.is_authkit = is_authkit;
        identity
    }

    pub(super) fn of_token(verified: Verified) -> Self {
        Self::read(verified.claims, verified.provider.is_authkit())
    }

    /// AuthKit's access tokens say little about a person; what it said at sign-in is added.
    fn of_session(claims: &Claims, user: &User) -> Self {
        let claims = serde_json::to_value(claims).unwrap_or_default();
        let claims = claims.as_object().cloned().unwrap_or_default();
        let own = Self::read(claims, true);
        Self {
            name: Some(user.display_name()),
            given_name: user.first_name.clone().or(own.given_name),
            family_name: user.last_name.clone().or(own.family_name),
            picture: user.profile_picture_url.clone().or(own.picture),
            email: Some(user.email.clone()),
            email_verified: Some(user.email_verified),
            ..own
        }
    }

    /// A claim beyond the standard ones.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// AuthKit's session (`sid`). Another provider's claim of that name is no session here.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.authkit_claim("sid")
    }

    /// AuthKit's organization (`org_id`), with the same caution.
    #[must_use]
    pub fn organization_id(&self) -> Option<&str> {
        self.authkit_claim("org_id")
    }

    fn authkit_claim(&self, name: &str) -> Option<&str> {
        let claim = self.is_authkit.then(|| self.claim(name))?;
        claim?.as_str()
    }

    /// When the token expires that vouches for them (`exp`), in seconds since the epoch; a fraction is
    /// dropped.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        // Every verified token has one.
        self.date("exp")
    }

    /// When that token was issued (`iat`), in the same way; 0 if it does not say.
    #[must_use]
    pub fn issued_at(&self) -> u64 {
        self.date("iat")
    }

    fn date(&self, claim: &str) -> u64 {
        let seconds = self.claim(claim).and_then(Value::as_f64);
        // Saturates.
        seconds.map_or(0, |seconds| seconds as u64)
    }

    /// Whether a claim that is a list of texts has this one in it.
    pub(super) fn lists(&self, claim: &str, entry: &str) -> bool {
        self.claim(claim)
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|listed| listed.as_str() == Some(entry)))
    }
}

impl Auth {
    /// Who is calling; `None` when nobody says who they are.
    ///
    /// # Errors
    /// [`IdentityError`] when somebody does, and it is not true or can't be checked.
    pub fn identity(&self) -> Result<Option<UserIdentity>, IdentityError> {
        match (&self.bearer, &self.state, &self.claims) {
            (Some(Ok(identity)), ..) => Ok(Some(identity.as_ref().clone())),
            (Some(Err(error)), ..) => Err(IdentityError::Bearer(Arc::clone(error))),
            (None, AuthState::SignedIn(identity), Some(claims)) => {
                Ok(Some(UserIdentity::of_session(claims, &identity.user)))
            }
            (None, AuthState::Unavailable(_), _) => Err(IdentityError::Unavailable {
                retry_after: self.retry_after,
            }),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_of_the_wrong_type_are_kept_from_their_fields_and_nothing_can_be_claimed_for_us() {
        let claims = json!({
            "iss": "https://i", "sub": "s", "email": "a@b.c", "email_verified": "yes", "name": 7,
            "is_authkit": true, "token_identifier": "https://other|root", "score": [1, 2],
        });
        let identity = UserIdentity::read(claims.as_object().unwrap().clone(), false);
        assert_eq!(identity.token_identifier, "https://i|s");
        assert!(!identity.is_authkit);
        assert_eq!(identity.email.as_deref(), Some("a@b.c"));
        assert_eq!(
            (identity.email_verified, identity.name.as_deref()),
            (None, None)
        );
        assert_eq!(identity.claim("score"), Some(&json!([1, 2])));
    }

    #[test]
    fn session_and_organization_are_authkits_alone() {
        let claims = json!({"iss": "https://i", "sub": "s", "sid": "session_1", "org_id": "org_1"});
        let read = |is_authkit| {
            let identity = UserIdentity::read(claims.as_object().unwrap().clone(), is_authkit);
            let [session, organization] = [identity.session_id(), identity.organization_id()];
            (session.map(str::to_owned), organization.map(str::to_owned))
        };
        assert_eq!(read(true), (Some("session_1".into()), Some("org_1".into())));
        assert_eq!(read(false), (None, None));
    }
}
