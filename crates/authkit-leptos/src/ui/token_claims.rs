//! [`use_token_claims`]: the claims that the app publishes, typed, in pages and islands.
//!
//! Reads the identity that is there anyway: no token is in the browser for this.

use super::provider::use_auth;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// The claims that the app publishes (`Builder::publish_claims`), as a type of the app's. `None` when nobody is signed in, and
/// when a claim is missing or of another type.
///
/// ```
/// # use authkit_leptos::use_token_claims;
/// # use leptos::prelude::*;
/// # use serde::Deserialize;
/// #[derive(Clone, PartialEq, Deserialize)]
/// struct Tenant {
///     #[serde(rename = "urn:myapp:tenant")]
///     tenant: String,
/// }
/// #[island]
/// fn TenantName() -> impl IntoView {
///     let claims = use_token_claims::<Tenant>();
///     move || claims.get().map(|it| it.tenant)
/// }
/// ```
#[must_use]
pub fn use_token_claims<T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static>()
-> Signal<Option<T>> {
    let auth = use_auth();
    Signal::derive(move || auth.with(|state| state.identity()?.published_claims()))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use crate::Identity;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Tenant {
        tenant: String,
    }

    #[test]
    fn a_published_claim_of_another_type_or_none_is_no_claim_and_never_a_default() {
        let of = |published: Option<&str>| {
            let identity: Identity = serde_json::from_value(json!({
                "user": {"id": "user_1", "email": "ada@example.com", "email_verified": true},
                "session_id": "session_1", "expires_at": 1, "permissions": [], "published_claims": published,
            }))
            .unwrap();
            identity.published_claims::<Tenant>()
        };
        let tenant = "acme".to_owned();
        assert_eq!(of(Some(r#"{"tenant":"acme"}"#)), Some(Tenant { tenant }));
        for odd in [None, Some(r#"{"tenant":7}"#), Some("{}"), Some("acme")] {
            assert_eq!(of(odd), None, "{odd:?}");
        }
    }
}
