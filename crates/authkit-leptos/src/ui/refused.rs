//! [`Refused`]: what a page shows instead of itself to a caller whom it is not for.
//!
//! For pages that begin with `page_user()`. Plain, so that an app's own style applies; an app may show words of its own.

use crate::error::AuthError;
use leptos::{either::Either, prelude::*};

/// Why this page is not shown: a sentence, and a link to try again where that may help. Nothing for
/// [`AuthError::SignedOut`], as that browser is on its way to sign in.
#[component]
pub fn Refused(
    /// What `page_user()` or a guard has said. It has set the status of the answer.
    error: AuthError,
) -> impl IntoView {
    if error == AuthError::SignedOut {
        return Either::Left(());
    }
    let may_pass = error == AuthError::Unavailable;
    // `external`: a client-side router would take the link for one to the page that is there already.
    Either::Right(view! {
        <h1>"This page can’t be shown"</h1>
        <p>{error.to_string()}</p>
        <p>{may_pass.then(|| view! { <a href="" rel="external">"Try again"</a> " " })} <a href="/">"Go home"</a></p>
    })
}
