//! [`call`]: how an island calls a server function without Leptos's own client.
//!
//! Exists on both sides, so that islands compile on both. Only for functions with the default input, a
//! form: those work from a plain `<form>` too. Never logs.

use crate::error::AuthError;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;

/// Calls the server function `F` with these arguments, from an island.
///
/// Does what calling the function does, and adds about 20 kB less to what a visitor downloads. If the
/// answer is that nobody is signed in, the page finds out whether its session is over
/// ([`use_session_ended`](super::use_session_ended)).
///
/// # Errors
/// What the function answers; [`AuthError::Unreachable`] when the server did not answer within 35 seconds
/// or not in a form that can be read; always that on the server, where functions are called directly.
///
/// ```
/// # use authkit_leptos::{AuthError, call};
/// # use leptos::{prelude::*, task::spawn_local};
/// #[server]
/// async fn rename(name: String) -> Result<String, AuthError> {
///     Ok(name.to_uppercase())
/// }
///
/// #[island]
/// fn Name() -> impl IntoView {
///     let (name, set_name) = signal("Ada".to_owned());
///     let rename = move |_| {
///         spawn_local(async move {
///             if let Ok(renamed) = call::<Rename>(&[("name", &name.get_untracked())]).await {
///                 set_name.set(renamed);
///             }
///         });
///     };
///     view! { <button on:click=rename>{name}</button> }
/// }
/// ```
pub async fn call<F>(arguments: &[(&str, &str)]) -> Result<F::Output, F::Error>
where
    F: ServerFn,
    F::Output: DeserializeOwned,
    F::Error: DeserializeOwned + From<AuthError> + PartialEq,
{
    #[cfg(feature = "hydrate")]
    {
        use super::browser::{Page, post};
        let answer = post(F::PATH, arguments).await;
        let refusal = answer.as_ref().err();
        if let (Some(page), true) = (
            Page::current(),
            refusal == Some(&AuthError::SignedOut.into()),
        ) {
            page.ask_soon();
        }
        answer
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = arguments;
        Err(AuthError::Unreachable.into())
    }
}
