//! The panel of the home page that shows the auth state in the browser.
//!
//! Rendered by the server first, with the same answer; the line "Running in" shows which of the two wrote it.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use authkit_leptos::{AuthLoading, Authenticated, Unauthenticated, use_auth};
use authkit_live::{is_alive, words};
use leptos::prelude::*;

/// The answer of [`use_auth`] in the browser, live.
#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn AuthPanel() -> impl IntoView {
    let alive = is_alive();
    let auth = use_auth();
    let email = move || {
        auth.with(|auth| {
            let identity = auth.identity();
            identity.map_or_else(String::new, |identity| identity.user.email.clone())
        })
    };
    view! {
        <div class="readout" role="status">
            <Authenticated>
                <p class="status good">"Signed in"</p>
            </Authenticated>
            <Unauthenticated>
                <p class="status">"Signed out"</p>
            </Unauthenticated>
            <AuthLoading>
                <p class="status warn">"Unavailable"</p>
            </AuthLoading>
        </div>
        <dl class="facts">
            <dt>"Answer of"</dt>
            <dd>
                <code>"use_auth()"</code>
            </dd>
            <dt>"Running in"</dt>
            <dd>{words(move || if alive.get() { "this browser" } else { "the server" })}</dd>
            <dt>"User"</dt>
            <dd>{words(email)}</dd>
        </dl>
    }
}
