//! Ways in and out: plain links and a plain form, which work before the WASM arrives and without it.

use crate::authkit::{ReturnTo, paths};
use leptos::prelude::*;

/// A link that starts a sign-in and comes back to `return_to`, or else to the page it stands on.
#[component]
pub fn SignInLink(
    /// Where to go afterwards.
    #[prop(optional, into)]
    return_to: Option<ReturnTo>,
    children: Children,
) -> impl IntoView {
    // `external` keeps Leptos's router from looking for a page of its own there.
    let href = return_to.unwrap_or_else(here).on(paths::SIGN_IN);
    view! { <a href=href rel="external nofollow">{children()}</a> }
}

/// A link that starts a sign-in on the sign-up screen and comes back to `return_to`, or else to the
/// page it stands on.
#[component]
pub fn SignUpLink(
    /// Where to go afterwards.
    #[prop(optional, into)]
    return_to: Option<ReturnTo>,
    children: Children,
) -> impl IntoView {
    let href = return_to.unwrap_or_else(here).on(paths::SIGN_UP);
    view! { <a href=href rel="external nofollow">{children()}</a> }
}

/// A form that signs out; its children are the form's content and need a submit button.
#[component]
pub fn SignOutForm(children: Children) -> impl IntoView {
    view! { <form method="post" action=paths::SIGN_OUT>{children()}</form> }
}

fn here() -> ReturnTo {
    #[cfg(feature = "ssr")]
    let path = use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.uri.path_and_query().map(ToString::to_string));
    #[cfg(not(feature = "ssr"))]
    let path = {
        let location = window().location();
        let part = |part: Result<String, _>| part.unwrap_or_default();
        Some(part(location.pathname()) + &part(location.search()))
    };
    ReturnTo::or_home(path.as_deref())
}
