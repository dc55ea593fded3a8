//! [`Protected`]: a page for users who are signed in, under one name on both sides.
//!
//! Put around the content of a route by an app. Decides what is shown and where the browser goes, not what is allowed:
//! server functions guard themselves.

use super::{links::SignInLink, provider::use_auth, refused::Refused};
use crate::{
    auth::{AuthState, Identity},
    error::AuthError,
};
use leptos::{either::EitherOf3, prelude::*};

/// Shows its children, with the user's identity, to a user who is signed in. Put it around a page:
///
/// ```
/// # use authkit_leptos::Protected;
/// # use leptos::prelude::*;
/// #[component]
/// fn Account() -> impl IntoView {
///     view! {
///         <Protected let:identity>
///             <h1>{identity.user.display_name()}</h1>
///         </Protected>
///     }
/// }
/// ```
///
/// | | the server, asked for the page | the browser, led there by client-side routing |
/// | --- | --- | --- |
/// | signed in | shows it | shows it, and asks the server whether the session still is |
/// | signed out | leads to sign in and back, by 302 | leads to sign in and back, by leaving the app |
/// | unavailable | 503 and [`Refused`] | [`Refused`], until the session can be checked |
///
/// When the session ends while the page is open, `fallback` takes its place: by default a sentence and a link to sign in
/// again. The children are made anew when the identity changes, as with a new role.
///
/// In the route's own component, outside of `<Suspense>`: once a page streams, its status can't be set.
#[component]
pub fn Protected<C, V>(
    /// Shown in place of the page when its session has ended.
    #[prop(optional, into)]
    fallback: Option<ViewFn>,
    /// Makes the page for this user.
    children: C,
) -> impl IntoView
where
    C: Fn(Identity) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let auth = use_auth();
    let refused = auth.with_untracked(opened).err();
    let fallback = fallback.unwrap_or_else(|| ended.into());
    move || match (auth.get(), &refused) {
        (AuthState::SignedIn(identity), _) => EitherOf3::A(children(identity)),
        (AuthState::SignedOut, None) => EitherOf3::B(fallback.run()),
        (AuthState::SignedOut, Some(error)) => {
            EitherOf3::C(view! { <Refused error=error.clone() /> })
        }
        (AuthState::Unavailable(_), _) => {
            EitherOf3::C(view! { <Refused error=AuthError::Unavailable /> })
        }
    }
}

fn ended() -> impl IntoView {
    view! {
        <h1>"Your session has ended"</h1>
        <p><SignInLink>"Sign in again"</SignInLink></p>
    }
}

/// Whether the page may be shown. Leads the browser to sign in, if that is what it takes.
#[cfg(feature = "ssr")]
fn opened(_: &AuthState) -> Result<(), AuthError> {
    crate::server::page_user().map(|_| ())
}

/// Whether the page may be shown. Leads the browser to sign in, if that is what it takes.
#[cfg(not(feature = "ssr"))]
fn opened(known: &AuthState) -> Result<(), AuthError> {
    match known {
        AuthState::SignedIn(_) => {
            #[cfg(feature = "hydrate")]
            crate::browser::Page::protected_page_opened();
            Ok(())
        }
        AuthState::SignedOut => {
            let sign_in = untrack(super::here::here).on(crate::paths::SIGN_IN);
            // Once the router has put the page into the history, whose place the sign-in takes: the way back from there
            // leads to the page before, not to this one, which would lead to the sign-in again.
            let leave = move || {
                let _ = window().location().replace(&sign_in);
            };
            set_timeout(leave, std::time::Duration::ZERO);
            Err(AuthError::SignedOut)
        }
        AuthState::Unavailable(_) => Err(AuthError::Unavailable),
    }
}
