//! States that are pages of their own: signed out, refused, unavailable, not found.

use crate::app::parts::{Codes, Message};
use authkit_leptos::{AuthError, ReturnTo, SignInFailure, SignInLink};
use leptos::prelude::*;

/// Where signing out leads.
#[component]
pub fn SignedOutPage(
    /// AuthKit could not be reached: its session may live on.
    still_at_authkit: bool,
) -> impl IntoView {
    let (tone, text) = match still_at_authkit {
        false => ("", "Your session here has ended."),
        true => (
            "warn",
            "Your session here has ended. AuthKit does not answer right now, so its own session in this browser may \
             still be alive: whoever signs in here next could be let in as you, without a question. This app goes on \
             telling AuthKit for some minutes. On a computer that others use, come back later, sign in, and sign out \
             once more.",
        ),
    };
    view! {
        <Message tone=tone status="Signed out" title="You are signed out" text=move || text>
            <div class="row">
                <SignInLink return_to=ReturnTo::home() {..} class="button primary big">
                    "Sign in again"
                </SignInLink>
                " "
                <a href="/">"Go home"</a>
            </div>
        </Message>
    }
}

/// Why a sign-in did not work, and another go at it that leads to the same place.
#[component]
pub fn SignInFailedPage(
    failure: SignInFailure,
    return_to: ReturnTo,
    request_id: Option<String>,
) -> impl IntoView {
    let explanation = failure.explanation();
    let again = match failure {
        SignInFailure::InAFrame => "Sign in",
        _ => "Try again",
    };
    view! {
        <Message tone="warn" status="Sign-in not finished" title=explanation.title text=move || explanation.text>
            <div class="row">
                <SignInLink return_to {..} class="button primary big">
                    {again}
                </SignInLink>
                " "
                <a href="/">"Go home"</a>
            </div>
            <Codes reason=failure.code() request_id />
        </Message>
    }
}

/// There is a session, and nobody can vouch for it. `path` is the page that was asked for.
#[component]
pub fn UnavailablePage(path: String, request_id: Option<String>) -> impl IntoView {
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

/// The page is for a signed-in browser, and the request brought a token: what is wrong with that is in
/// `error`.
#[component]
pub fn RefusedPage(error: AuthError, request_id: Option<String>) -> impl IntoView {
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

/// Nothing is at `path`.
#[component]
pub fn NotFoundPage(path: String) -> impl IntoView {
    view! {
        <Message
            status="404"
            title="Page not found"
            text=move || {
                view! {
                    "There is nothing at "
                    <code>{path.clone()}</code>
                    ". The link may be old, or the address mistyped."
                }
            }
        >
            <div class="row">
                <a class="button primary big" href="/">
                    "Go home"
                </a>
            </div>
        </Message>
    }
}
