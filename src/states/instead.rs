//! What is shown instead of a page that is for its user only: unavailable, or refused.
//!
//! Called by handlers with the error of `page_user`, which sets the status.

use crate::ui::{Codes, Message, request};
use authkit_leptos::AuthError;
use leptos::{either::EitherOf3, prelude::*};
use leptos_meta::Title;

/// The page for this error; empty for signed-out browsers, which are redirected to sign in.
pub fn instead(error: AuthError) -> impl IntoView {
    match error {
        AuthError::SignedOut => EitherOf3::A(()),
        AuthError::Unavailable => EitherOf3::B(view! {
            <Title text="Temporarily unavailable" />
            <UnavailablePage path=request::path() request_id=request::id() />
        }),
        error => EitherOf3::C(view! {
            <Title text="Not for this caller" />
            <RefusedPage error request_id=request::id() />
        }),
    }
}

/// There is a session, and it can't be verified. `path` is that of the requested page.
#[component]
fn UnavailablePage(path: String, request_id: Option<String>) -> impl IntoView {
    view! {
        <Message
            tone="warn"
            status="Unavailable"
            title="Your session can’t be checked right now"
            text=|| {
                "This page can’t ask AuthKit about it, so it can’t be sure who you are. You have not been signed out. The page tries again by itself."
            }
        >
            <div class="row">
                <a class="button primary big" href=path>
                    "Try again"
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
            <Codes reason="session_unavailable" request_id />
        </Message>
    }
}

/// The page is for a signed-in browser, and the request has a bearer token. `error` says what is wrong with that.
#[component]
fn RefusedPage(error: AuthError, request_id: Option<String>) -> impl IntoView {
    view! {
        <Message
            tone="bad"
            status="Refused"
            title="This page is for browsers"
            text=move || {
                view! {
                    {error.to_string()}
                    " The request brought an access token; a page needs somebody who is signed in in a browser. The WWW-Authenticate header says more."
                }
            }
        >
            <Codes reason="session_needed" request_id />
        </Message>
    }
}
