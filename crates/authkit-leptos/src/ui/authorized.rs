//! [`Authorized`]: children that are there for users who may do something.
//!
//! Follows `use_auth()` on both sides. Decides what is shown, not what is allowed: server functions guard themselves.

use super::gates::gate;
use crate::auth::AuthState;
use leptos::{oco::Oco, prelude::*};

/// Shows its children to a user who has all that is named: a role, a permission, an entitlement, a feature flag. Everybody
/// else sees `fallback`, also who is signed out, and also while the session can't be checked.
///
/// When a right is given or taken, a page that is hydrated and an island follow by themselves; a page of an app with
/// islands is loaded anew, because the server made it for other rights.
///
/// ```
/// # use authkit_leptos::Authorized;
/// # use leptos::prelude::*;
/// fn invoices() -> impl IntoView {
///     view! {
///         <Authorized permission="invoices:write" fallback=|| "Ask an administrator for an invoice.">
///             <a href="/invoices/new">"New invoice"</a>
///         </Authorized>
///     }
/// }
/// ```
#[component]
pub fn Authorized(
    /// Slug of a role in the organization of the session.
    #[prop(optional, into)]
    role: Option<Oco<'static, str>>,
    /// Slug of a permission in the organization of the session.
    #[prop(optional, into)]
    permission: Option<Oco<'static, str>>,
    /// Slug of an entitlement of the organization.
    #[prop(optional, into)]
    entitlement: Option<Oco<'static, str>>,
    /// Slug of a feature flag that was on when the token was issued.
    #[prop(optional, into)]
    feature_flag: Option<Oco<'static, str>>,
    /// Shown to everybody else.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// Shown to users who have all of it.
    children: ChildrenFn,
) -> impl IntoView {
    let passes = move |state: &AuthState| {
        state.identity().is_some_and(|it| {
            role.as_deref().is_none_or(|slug| it.has_role(slug))
                && permission
                    .as_deref()
                    .is_none_or(|slug| it.has_permission(slug))
                && entitlement
                    .as_deref()
                    .is_none_or(|slug| it.has_entitlement(slug))
                && feature_flag
                    .as_deref()
                    .is_none_or(|slug| it.has_feature_flag(slug))
        })
    };
    gate(passes, children, fallback)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::{Identity, ui::provider::provide_state};
    use serde_json::json;

    fn shown(auth: AuthState) -> String {
        Owner::new().with(|| {
            provide_state(auth);
            view! {
                <Authorized role="admin" permission="a:b" entitlement="logs" feature_flag="beta" fallback=|| "no">
                    "yes"
                </Authorized>
            }
            .to_html()
        })
    }

    fn identity(lists: [&str; 4]) -> AuthState {
        let [role, permission, entitlement, flag] = lists;
        let identity: Identity = serde_json::from_value(json!({
            "user": {"id": "user_1", "email": "ada@example.com", "email_verified": true},
            "session_id": "session_1", "expires_at": 1,
            "roles": [role], "permissions": [permission], "entitlements": [entitlement], "feature_flags": [flag],
        }))
        .unwrap();
        AuthState::SignedIn(identity)
    }

    #[test]
    fn all_that_is_named_has_to_be_there_and_everybody_else_sees_the_fallback() {
        let all = ["admin", "a:b", "logs", "beta"];
        assert!(shown(identity(all)).contains("yes"));
        for missing in 0..4 {
            let mut lists = all;
            lists[missing] = "other";
            let html = shown(identity(lists));
            assert!(html.contains("no") && !html.contains("yes"), "{html}");
        }
        assert!(shown(AuthState::SignedOut).contains("no"));
        assert!(shown(AuthState::Unavailable(None)).contains("no"));
    }
}
