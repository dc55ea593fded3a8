//! Gates: children that are there for one of the three answers only.
//!
//! They decide what is shown, not what is allowed: server functions guard themselves.

use super::use_auth;
use crate::AuthState;
use leptos::prelude::*;

/// Shows its children to a user who is signed in.
#[component]
pub fn Authenticated(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    let when = move || auth.with(|state| matches!(state, AuthState::SignedIn(_)));
    view! { <Show when=when>{children()}</Show> }
}

/// Shows its children to a user who is signed out.
#[component]
pub fn Unauthenticated(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    let when = move || auth.with(|state| matches!(state, AuthState::SignedOut));
    view! { <Show when=when>{children()}</Show> }
}

/// Shows its children while it is not known who is there: there is a session, but nobody can vouch
/// for it right now. In a page rendered by the server that is an outage, never a loading phase.
#[component]
pub fn AuthLoading(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    let when = move || auth.with(|state| matches!(state, AuthState::Unavailable(_)));
    view! { <Show when=when>{children()}</Show> }
}
