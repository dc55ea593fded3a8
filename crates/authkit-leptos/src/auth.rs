//! Who is asking, as far as a browser may know it: [`AuthState`], [`Identity`], [`User`].
//!
//! Made by the server's `AuthLayer`, read by pages, islands and server functions on both sides.
//! Everything here ends up in HTML: it must never hold a token, a code or a cookie.

use super::{authentication_method::AuthenticationMethod, names};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use std::fmt;

/// The three answers authentication can give.
///
/// "Signed out" and "could not find out" are never mixed up: an outage at the identity provider
/// signs nobody out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for a request, and apps match on what is in it"
)]
pub enum AuthState {
    /// A verified access token vouches for this identity.
    SignedIn(Identity),
    /// There is no session.
    #[default]
    SignedOut,
    /// There is a session, but nobody can vouch for it right now (AuthKit or its keys are out of
    /// reach). Holds who it was when last known: good for a greeting, never for access.
    Unavailable(Option<User>),
}

impl AuthState {
    /// The verified identity; `None` when signed out **and** when unavailable.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::SignedIn(identity) => Some(identity),
            Self::SignedOut | Self::Unavailable(_) => None,
        }
    }

    /// One lower-case word for the state: `signed in`, `signed out` or `unavailable`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SignedIn(_) => "signed in",
            Self::SignedOut => "signed out",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// A signed-in user within a session, as the verified access token and the sealed session say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Identity {
    /// Who it is.
    pub user: User,
    /// WorkOS session id, the token's `sid`.
    pub session_id: String,
    /// The organization the session is in, the token's `org_id`.
    pub organization_id: Option<String>,
    /// The roles within that organization, the first of them the one that WorkOS's `role` names.
    pub roles: Vec<String>,
    /// Permission slugs within that organization; empty when there are none.
    pub permissions: Vec<String>,
    /// What the organization's plan includes (`entitlements`).
    pub entitlements: Vec<String>,
    /// The feature flags that are on for the user or the organization (`feature_flags`).
    pub feature_flags: Vec<String>,
    /// Set when somebody from your team is signed in as this user.
    pub impersonator: Option<Impersonator>,
    /// When the access token expires, seconds since the Unix epoch. The session itself lives on:
    /// the server renews the token.
    pub expires_at: u64,
    /// When the user last proved who they are (`auth_time`, OpenID Connect Core §2), seconds since the Unix epoch.
    /// Renewing the session does not count.
    pub authenticated_at: Option<u64>,
    /// How the user signed in; `None` for a session that began before the app kept it.
    pub authentication_method: Option<AuthenticationMethod>,
    /// Stands for all of the user's rights, also those beyond what a page carries.
    pub(crate) rights_digest: u32,
    /// The claims that the app publishes, as a JSON object.
    pub(crate) published_claims: Option<String>,
}

/// As JSON has it; what is missing is none, but for the user. By hand: a derived impl keeps each field apart to its end, which
/// comes to 5 kB of the WASM that every visitor downloads.
impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadIdentity)
    }
}

struct ReadIdentity;

impl<'de> Visitor<'de> for ReadIdentity {
    type Value = Identity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identity")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Identity, A::Error> {
        let nobody = User {
            id: String::new(),
            email: String::new(),
            email_verified: false,
            first_name: None,
            last_name: None,
            profile_picture_url: None,
        };
        let mut it = Identity {
            user: nobody,
            session_id: Default::default(),
            organization_id: Default::default(),
            roles: Default::default(),
            permissions: Default::default(),
            entitlements: Default::default(),
            feature_flags: Default::default(),
            impersonator: Default::default(),
            expires_at: Default::default(),
            authenticated_at: Default::default(),
            authentication_method: Default::default(),
            rights_digest: Default::default(),
            published_claims: Default::default(),
        };
        fill(&mut it, &mut map)?;
        match it.user.id.is_empty() || it.session_id.is_empty() {
            true => Err(A::Error::missing_field("user, or session_id")),
            false => Ok(it),
        }
    }
}

/// Apart, so that nothing has to be let go of where a field is wrong.
#[inline(never)]
fn fill<'de, A: MapAccess<'de>>(it: &mut Identity, map: &mut A) -> Result<(), A::Error> {
    while let Some(name) = map.next_key::<String>()? {
        match name.as_str() {
            "user" => it.user = value(map)?,
            "session_id" => it.session_id = value(map)?,
            "organization_id" => it.organization_id = value(map)?,
            "roles" => it.roles = value(map)?,
            "permissions" => it.permissions = value(map)?,
            "entitlements" => it.entitlements = value(map)?,
            "feature_flags" => it.feature_flags = value(map)?,
            "impersonator" => it.impersonator = value(map)?,
            "expires_at" => it.expires_at = value(map)?,
            "authenticated_at" => it.authenticated_at = value(map)?,
            "authentication_method" => it.authentication_method = value(map)?,
            "rights_digest" => it.rights_digest = value(map)?,
            "published_claims" => it.published_claims = value(map)?,
            _ => _ = value::<IgnoredAny, A>(map)?,
        }
    }
    Ok(())
}

/// Not inlined: once for each type of field.
#[inline(never)]
fn value<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    map.next_value()
}

/// What of this an identity has decides what is shown; the server's guards decide what is done.
///
/// ```
/// # use authkit_leptos::Identity;
/// fn can_invite(identity: &Identity) -> bool {
///     identity.has_permission("members:invite") && !identity.is_impersonated()
/// }
/// ```
impl Identity {
    /// Whether the user is the one with this id, such as the author of a row.
    #[must_use]
    pub fn is(&self, user_id: &str) -> bool {
        self.user.id == user_id
    }

    /// Whether the user has this role in the organization of the session.
    #[must_use]
    pub fn has_role(&self, slug: &str) -> bool {
        lists(&self.roles, slug)
    }

    /// Whether the user has this permission in the organization of the session.
    #[must_use]
    pub fn has_permission(&self, slug: &str) -> bool {
        lists(&self.permissions, slug)
    }

    /// Whether the organization's plan includes this.
    #[must_use]
    pub fn has_entitlement(&self, slug: &str) -> bool {
        lists(&self.entitlements, slug)
    }

    /// Whether this feature flag was on for the user or the organization when the token was issued.
    #[must_use]
    pub fn has_feature_flag(&self, slug: &str) -> bool {
        lists(&self.feature_flags, slug)
    }

    /// Whether somebody else is signed in as this user.
    #[must_use]
    pub fn is_impersonated(&self) -> bool {
        self.impersonator.is_some()
    }
}

#[cfg(feature = "leptos")]
impl Identity {
    /// The claims that the app publishes, as a type of the app's; `None` if one is missing or of another type.
    #[must_use]
    pub fn published_claims<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        let published = self.published_claims.as_deref()?;
        leptos::serde_json::from_str(published).ok()
    }
}

fn lists(slugs: &[String], slug: &str) -> bool {
    slugs.iter().any(|listed| listed == slug)
}

/// A user, as WorkOS describes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `user_…`, stable for ever.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Whether the user has shown that the address is theirs.
    pub email_verified: bool,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Address of a picture, on WorkOS's or the identity provider's host.
    pub profile_picture_url: Option<String>,
}

impl User {
    /// The full name, or the e-mail address when there is none. Without characters that control the text around it, and
    /// not longer than people's names are.
    ///
    /// ```
    /// # use authkit_leptos::User;
    /// # let mut user = User { id: "user_1".into(), email: "ada@example.com".into(), email_verified: true,
    /// #     first_name: Some("Ada".into()), last_name: None, profile_picture_url: None };
    /// assert_eq!(user.display_name(), "Ada");
    /// user.first_name = None;
    /// assert_eq!(user.display_name(), "ada@example.com");
    /// ```
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = names::full(self.first_name.as_deref(), self.last_name.as_deref());
        name.unwrap_or_else(|| self.email.clone())
    }

    /// The first name, or else as [`display_name`](Self::display_name).
    #[must_use]
    pub fn greeting_name(&self) -> String {
        names::shown(self.first_name.as_deref()).unwrap_or_else(|| self.display_name())
    }

    /// One or two capital letters that stand for the user where there is no picture.
    #[must_use]
    pub fn initials(&self) -> String {
        names::initials(&self.display_name()).to_uppercase()
    }
}

/// Somebody of the team who is signed in as a user (WorkOS impersonation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonator {
    /// E-mail address of the team member.
    pub email: String,
    /// The reason they gave.
    pub reason: Option<String>,
}

#[cfg(all(test, feature = "leptos"))]
mod tests {
    use super::*;
    use leptos::serde_json::{Value, from_value, json, to_value};

    /// One with all there is.
    fn ada() -> Value {
        json!({
            "user": {
                "id": "user_1", "email": "ada@example.com", "email_verified": true,
                "first_name": "Ada", "last_name": null, "profile_picture_url": null,
            },
            "session_id": "session_1",
            "organization_id": "org_1",
            "roles": ["admin"],
            "permissions": ["posts:read"],
            "entitlements": ["audit-logs"],
            "feature_flags": ["beta"],
            "impersonator": {"email": "admin@example.com", "reason": "support"},
            "expires_at": 1_763_726_400,
            "authenticated_at": 1_763_726_000,
            "authentication_method": "Password",
            "rights_digest": 7,
            "published_claims": "{}",
        })
    }

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let read: Identity = from_value(ada()).unwrap();
        assert_eq!(to_value(read).unwrap(), ada());
    }

    #[test]
    fn what_an_identity_lacks_is_none_but_for_its_user_and_its_session() {
        for (name, is_needed) in [
            ("user", true),
            ("session_id", true),
            ("roles", false),
            ("permissions", false),
            ("expires_at", false),
            ("published_claims", false),
        ] {
            let mut less = ada();
            less.as_object_mut().unwrap().remove(name);
            assert_eq!(from_value::<Identity>(less).is_err(), is_needed, "{name}");
        }
        let mut more = ada();
        more["of_the_future"] = json!({"any": ["thing"]});
        assert_eq!(
            from_value::<Identity>(more).unwrap(),
            from_value(ada()).unwrap()
        );
        let mut wrong = ada();
        wrong["roles"] = json!("admin");
        assert!(from_value::<Identity>(wrong).is_err());
    }
}
