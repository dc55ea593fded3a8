//! [`UserIdentity`]: the proved identity of a caller, from any issuer, by cookie or by bearer token.
//!
//! Made once per request from the verified claims of the access token. Server functions and handlers read it
//! through `identity()` and guards. Holds no token.

use super::{bearer::BearerError, rights_digest::rights_digest};
use crate::{
    auth::Impersonator,
    recent_auth::RecentAuth,
    server::{
        core::{clock::Clock, session::Session},
        revocations::{Said, role_and_roles},
        token::{Claims, Verified, texts},
    },
};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// Identity of a caller: the standard claims of OpenID Connect Core §5.1, and all others as JSON.
///
/// A standard claim of an unexpected type is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserIdentity {
    /// Issuer and subject in one, `issuer|subject`: the key of this caller. A subject alone is unique only within
    /// its issuer.
    #[serde(default)]
    pub token_identifier: String,
    /// The issuer's name for the caller (`sub`); with AuthKit the user's id.
    #[serde(rename = "sub")]
    pub subject: String,
    /// The issuer of the token (`iss`).
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
    /// Nickname.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub nickname: Option<String>,
    /// Preferred user name. Not unique.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub preferred_username: Option<String>,
    /// Address of the profile page.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub profile: Option<String>,
    /// Address of the picture.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub picture: Option<String>,
    /// E-mail address. Check `email_verified` before relying on it.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub email: Option<String>,
    /// Whether the issuer has verified the address.
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
    /// Whether the issuer has verified the number.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub phone_number_verified: Option<bool>,
    /// Postal address, as the issuer structures it.
    #[serde(default)]
    pub address: Option<Value>,
    /// When the issuer last changed any of this: seconds since the epoch, or text.
    #[serde(default)]
    pub updated_at: Option<Value>,
    /// Whether this app's own AuthKit issued the token, as opposed to another provider.
    #[serde(default)]
    pub is_authkit: bool,
    /// All other claims: `exp`, `aud`, `sid`, `org_id`, `role`, and the issuer's own.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

/// A claim is missing, or of another type than the app's. Names the claim, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {claim} is missing or of another type")]
#[non_exhaustive]
pub struct ClaimMismatch {
    /// Name of the claim, or the path to what is wrong in it.
    pub claim: String,
}

/// Why the identity that a caller claims is not known.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The bearer token is refused, or cannot be checked.
    #[error(transparent)]
    Bearer(Arc<BearerError>),
    /// There is a session, and it cannot be checked now.
    #[error("the session can't be checked right now")]
    Unavailable {
        /// Time until the next attempt makes sense, if known.
        retry_after: Option<Duration>,
    },
}

impl UserIdentity {
    /// From the claims of a verified token. The claims must come from nowhere else.
    fn read(mut claims: Map<String, Value>, is_authkit: bool) -> Self {
        // An issuer may use these names, and they are not claims here.
        claims.remove("token_identifier");
        claims.remove("is_authkit");
        let text = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        let mut some = |name| claims.remove(name).filter(|value| !value.is_null());
        let issuer = some("iss").and_then(text);
        let subject = some("sub").and_then(text);
        let (issuer, subject) = issuer
            .zip(subject)
            .expect("a verified token has iss and sub");
        Self {
            token_identifier: format!("{issuer}|{subject}"),
            subject,
            issuer,
            name: some("name").and_then(text),
            given_name: some("given_name").and_then(text),
            family_name: some("family_name").and_then(text),
            nickname: some("nickname").and_then(text),
            preferred_username: some("preferred_username").and_then(text),
            profile: some("profile").and_then(text),
            picture: some("picture").and_then(text),
            email: some("email").and_then(text),
            email_verified: some("email_verified").and_then(|it| it.as_bool()),
            gender: some("gender").and_then(text),
            birthdate: some("birthdate").and_then(text),
            zoneinfo: some("zoneinfo").and_then(text),
            locale: some("locale").and_then(text),
            phone_number: some("phone_number").and_then(text),
            phone_number_verified: some("phone_number_verified").and_then(|it| it.as_bool()),
            address: some("address"),
            updated_at: some("updated_at"),
            is_authkit,
            claims,
        }
    }

    pub(in crate::server) fn of_token(verified: Verified) -> Self {
        Self::read(verified.claims, verified.provider.is_authkit())
    }

    /// AuthKit's access tokens say little about a person, so the profile of the sign-in is added.
    pub(super) fn of_session(claims: &Claims, session: &Session) -> Self {
        let (own, user) = (Self::read(claims.all().clone(), true), &session.user);
        Self {
            name: Some(user.display_name()),
            given_name: user.first_name.clone().or(own.given_name),
            family_name: user.last_name.clone().or(own.family_name),
            picture: user.profile_picture_url.clone().or(own.picture),
            email: Some(user.email.clone()),
            email_verified: Some(user.email_verified),
            claims: with_actor(own.claims, session.impersonator.as_ref()),
            ..own
        }
    }

    /// A claim beyond the standard ones.
    ///
    /// ```
    /// # use authkit_leptos::server::UserIdentity;
    /// fn department(caller: &UserIdentity) -> Option<&str> {
    ///     caller.claim("department")?.as_str()
    /// }
    /// ```
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The claims of a user of this app's AuthKit, as a type of the app's: those of a JWT template, and the standard ones.
    ///
    /// ```
    /// # use authkit_leptos::server::UserIdentity;
    /// #[derive(serde::Deserialize)]
    /// struct Tenant {
    ///     #[serde(rename = "urn:myapp:tenant")]
    ///     tenant: String,
    /// }
    /// fn tenant(caller: &UserIdentity) -> Option<String> {
    ///     Some(caller.claims_as::<Tenant>().ok()?.tenant)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`ClaimMismatch`] when a claim is missing or of another type, and for another provider's token, whose claims by the
    /// same names mean something else: read those from [`claims`](Self::claims).
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, ClaimMismatch> {
        if !self.is_authkit {
            return Err(ClaimMismatch {
                claim: "iss".to_owned(),
            });
        }
        let mut all = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(all) = &mut all {
            // A claim that the token does not have is missing, not null.
            all.retain(|_, value| !value.is_null());
        }
        serde_path_to_error::deserialize(all).map_err(|error| {
            let path = error.path().to_string();
            // The path of a claim that is missing is that of the whole. Serde says its name, and no value.
            let missing = error.inner().to_string();
            let missing = missing
                .strip_prefix("missing field `")
                .and_then(|it| it.split('`').next());
            let claim = missing.map_or(path, str::to_owned);
            ClaimMismatch { claim }
        })
    }

    /// When the caller last proved who they are (`auth_time`, OpenID Connect Core §2), in seconds since the epoch; `None` if
    /// the token does not say.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<u64> {
        self.claim("auth_time")?.as_u64()
    }

    /// Whether the caller has signed in within the last `max_age` seconds, by the system's clock.
    ///
    /// ```
    /// # use authkit_leptos::server::UserIdentity;
    /// fn may_see_the_key(caller: &UserIdentity) -> bool {
    ///     !caller.recent_auth(300).is_stale
    /// }
    /// ```
    #[must_use]
    pub fn recent_auth(&self, max_age: u64) -> RecentAuth {
        RecentAuth::of(self.authenticated_at(), max_age, Clock::default().now())
    }

    /// One number for the caller's roles, permissions, entitlements and feature flags: the same for the same rights, and most
    /// likely another for others. An open page compares it with its own.
    #[must_use]
    pub fn rights_digest(&self) -> u32 {
        rights_digest(&self.claims)
    }

    /// AuthKit's session id (`sid`); `None` for another provider's claim of that name.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.authkit_claim("sid")
    }

    /// AuthKit's organization id (`org_id`); `None` for another provider's claim of that name.
    #[must_use]
    pub fn organization_id(&self) -> Option<&str> {
        self.authkit_claim("org_id")
    }

    /// The user's id; of another provider's caller, whose subjects may be the same, the `token_identifier`.
    #[must_use]
    pub fn id_here(&self) -> &str {
        match self.is_authkit {
            true => &self.subject,
            false => &self.token_identifier,
        }
    }

    /// Who acts for the user: the address in `act` (RFC 8693 §4.1); `None` for another provider's claim of that name.
    #[must_use]
    pub fn impersonator(&self) -> Option<&str> {
        let actor = self.is_authkit.then(|| self.claim("act"))?;
        actor?.get("sub")?.as_str()
    }

    fn authkit_claim(&self, name: &str) -> Option<&str> {
        let claim = self.is_authkit.then(|| self.claim(name))?;
        claim?.as_str()
    }

    /// Expiry of the token (`exp`), in seconds since the epoch. A fraction is dropped.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        // Every verified token has one.
        self.date("exp")
    }

    /// Issue time of the token (`iat`), in seconds since the epoch; 0 for a token without one.
    #[must_use]
    pub fn issued_at(&self) -> u64 {
        self.date("iat")
    }

    fn date(&self, claim: &str) -> u64 {
        let seconds = self.claim(claim).and_then(Value::as_f64);
        // Saturates.
        seconds.map_or(0, |seconds| seconds as u64)
    }

    /// Whether a claim is a list that contains this text.
    pub(super) fn lists(&self, claim: &str, entry: &str) -> bool {
        texts(self.claim(claim)).any(|listed| listed == entry)
    }
}

/// WorkOS names the impersonator at sign-in, and perhaps not in the token of a session renewed since.
fn with_actor(
    mut claims: Map<String, Value>,
    impersonator: Option<&Impersonator>,
) -> Map<String, Value> {
    if let Some(impersonator) = impersonator
        && claims.get("act").is_none_or(Value::is_null)
    {
        // RFC 8693 §4.1.
        claims.insert("act".to_owned(), json!({"sub": impersonator.email}));
    }
    claims
}

impl Said for UserIdentity {
    fn session_id(&self) -> Option<&str> {
        Self::session_id(self)
    }

    fn user_id(&self) -> &str {
        &self.subject
    }

    fn organization_id(&self) -> Option<&str> {
        Self::organization_id(self)
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        let role = self.claim("role").and_then(Value::as_str);
        // Another provider's roles do not count.
        role_and_roles(role, self.claim("roles")).filter(|_| self.is_authkit)
    }

    fn issued_at(&self) -> u64 {
        Self::issued_at(self)
    }
}

/// The value, or the default for a value of another type.
fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
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

    #[test]
    fn an_impersonator_is_named_also_where_the_token_names_nobody() {
        let impersonator = Impersonator {
            email: "support@example.com".to_owned(),
            reason: None,
        };
        for claims in [json!({}), json!({"act": null})] {
            let claims = claims.as_object().unwrap().clone();
            let named = with_actor(claims.clone(), Some(&impersonator));
            assert_eq!(named["act"]["sub"], "support@example.com");
            assert_eq!(with_actor(claims.clone(), None), claims);
        }
        let claims = json!({"act": {"sub": "other"}})
            .as_object()
            .unwrap()
            .clone();
        assert_eq!(with_actor(claims.clone(), Some(&impersonator)), claims);
    }

    #[test]
    fn typed_claims_are_all_there_and_of_their_type_or_the_wrong_one_is_named() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Plan {
            email: String,
            #[serde(rename = "urn:app:seats")]
            seats: u32,
            #[serde(default)]
            limits: Vec<u32>,
        }
        let read = |claims: Value, is_authkit| {
            let mut all = json!({"iss": "https://i", "sub": "s", "email": "a@b.c"});
            for (name, value) in claims.as_object().unwrap() {
                all[name] = value.clone();
            }
            let identity = UserIdentity::read(all.as_object().unwrap().clone(), is_authkit);
            identity.claims_as::<Plan>().map_err(|error| error.claim)
        };
        let (email, seats, limits) = ("a@b.c".to_owned(), 7, vec![1]);
        let plan = Plan {
            email,
            seats,
            limits,
        };
        assert_eq!(
            read(json!({"urn:app:seats": 7, "limits": [1]}), true),
            Ok(plan)
        );
        let refused = |claims| read(claims, true).unwrap_err();
        assert_eq!(refused(json!({})), "urn:app:seats");
        assert_eq!(refused(json!({"urn:app:seats": null})), "urn:app:seats");
        assert_eq!(refused(json!({"urn:app:seats": "7"})), "urn:app:seats");
        assert_eq!(
            refused(json!({"urn:app:seats": 7, "limits": [1, "two"]})),
            "limits[1]"
        );
        assert_eq!(
            read(json!({"urn:app:seats": 7}), false),
            Err("iss".to_owned())
        );
    }

    #[test]
    fn roles_of_another_provider_are_no_roles_here() {
        let claims = json!({"iss": "https://i", "sub": "s", "role": "admin", "roles": ["editor"]});
        let mut caller: UserIdentity = serde_json::from_value(claims).unwrap();
        assert_eq!(caller.roles().count(), 0);
        caller.is_authkit = true;
        assert_eq!(caller.roles().collect::<Vec<_>>(), ["admin", "editor"]);
    }
}
