//! [`AuthActions`]: what an island does about the session.
//!
//! Exists on both sides, so that islands compile on both. Only a browser acts: a page that is rendered has links and forms.

use crate::{auth::Identity, error::AuthError, paths::ReturnTo};

/// Renews and ends the session, from an island; from [`use_auth_actions`].
#[derive(Clone, Copy, Debug)]
pub struct AuthActions(());

/// What an island may do about the session. Forms do without: [`SignOutForm`](super::SignOutForm).
///
/// ```
/// # use authkit_leptos::use_auth_actions;
/// # use leptos::{prelude::*, task::spawn_local};
/// #[island]
/// fn Plan() -> impl IntoView {
///     let actions = use_auth_actions();
///     // After the plan was changed: the claims of the new one.
///     let refresh = move |_| spawn_local(async move {
///         let _ = actions.refresh().await;
///     });
///     view! { <button on:click=refresh>"I have paid"</button> }
/// }
/// ```
#[must_use]
pub fn use_auth_actions() -> AuthActions {
    AuthActions(())
}

impl AuthActions {
    /// Gets a new access token with what is true by now, and shows it to the islands of this page. Of calls within five
    /// seconds one asks WorkOS.
    ///
    /// # Errors
    /// [`AuthError::SignedOut`] when there is no session, [`AuthError::Unavailable`] when WorkOS does not answer,
    /// [`AuthError::Unreachable`] when the server did not, and always that on the server.
    pub async fn refresh(self) -> Result<Identity, AuthError> {
        let answer = crate::call::<crate::functions::RefreshSession>(&[]).await;
        #[cfg(feature = "hydrate")]
        if let (Ok(identity), Some(page)) = (&answer, crate::browser::Page::current()) {
            page.learn(identity.clone());
        }
        answer
    }

    /// Signs out, as the form does, and leads to `return_to`; to the signed-out page by default. Does nothing on the server.
    pub fn sign_out(self, return_to: Option<ReturnTo>) {
        #[cfg(feature = "hydrate")]
        crate::browser::send_form(
            crate::paths::SIGN_OUT,
            return_to.as_ref().map(|it| ("return_to", it.as_str())),
        );
        #[cfg(not(feature = "hydrate"))]
        let _ = return_to;
    }
}
