//! Gates: children that are there for one of the three answers only.
//!
//! They decide what is shown, not what is allowed: server functions guard themselves.

use super::provider::use_auth;
use crate::auth::AuthState;
use leptos::prelude::*;

/// Shows its children to a user who is signed in.
///
/// ```
/// # use authkit_leptos::{Authenticated, SignOutForm};
/// # use leptos::prelude::*;
/// fn header() -> impl IntoView {
///     view! { <Authenticated><SignOutForm><button>"Sign out"</button></SignOutForm></Authenticated> }
/// }
/// ```
#[component]
pub fn Authenticated(children: ChildrenFn) -> impl IntoView {
    gate(
        |state| matches!(state, AuthState::SignedIn(_)),
        children,
        ViewFn::default(),
    )
}

/// Shows its children to a user who is signed out.
///
/// ```
/// # use authkit_leptos::{SignInLink, Unauthenticated};
/// # use leptos::prelude::*;
/// fn header() -> impl IntoView {
///     view! { <Unauthenticated><SignInLink>"Sign in"</SignInLink></Unauthenticated> }
/// }
/// ```
#[component]
pub fn Unauthenticated(children: ChildrenFn) -> impl IntoView {
    gate(
        |state| matches!(state, AuthState::SignedOut),
        children,
        ViewFn::default(),
    )
}

/// Shows its children while it is not known who is there: there is a session, but nobody can vouch
/// for it right now. In a page rendered by the server that is an outage, never a loading phase.
///
/// ```
/// # use authkit_leptos::AuthLoading;
/// # use leptos::prelude::*;
/// fn header() -> impl IntoView {
///     view! { <AuthLoading><p role="status">"We can’t check your session right now."</p></AuthLoading> }
/// }
/// ```
#[component]
pub fn AuthLoading(children: ChildrenFn) -> impl IntoView {
    gate(
        |state| matches!(state, AuthState::Unavailable(_)),
        children,
        ViewFn::default(),
    )
}

/// The one or the other, by the state.
///
/// On the server the state is what it is: nothing there has to watch it, which would cost more than what is shown. What is
/// inside is made when it is written, as in the browser, or resources would have other ids there.
pub(super) fn gate(
    passes: impl Fn(&AuthState) -> bool + Send + Sync + 'static,
    children: ChildrenFn,
    fallback: ViewFn,
) -> impl IntoView {
    let auth = use_auth();
    #[cfg(feature = "ssr")]
    return move || match auth.with_untracked(&passes) {
        true => leptos::either::Either::Left(children()),
        false => leptos::either::Either::Right(fallback.run()),
    };
    #[cfg(not(feature = "ssr"))]
    {
        let when = move || auth.with(&passes);
        view! { <Show when fallback>{children()}</Show> }
    }
}
