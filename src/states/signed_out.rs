//! `/signed-out`, to which signing out leads.

use crate::ui::{Head, Message};
use authkit_leptos::{AuthState, ReturnTo, SignInLink, paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// For signed-out browsers: others are led home.
pub fn signed_out() -> impl IntoView {
    if matches!(server::auth_state(), AuthState::SignedIn(_)) {
        server::redirect("/");
    }
    let (name, value) = paths::STILL_AT_AUTHKIT;
    let query = use_query_map().read_untracked();
    let still_at_authkit = query.get_str(name) == Some(value);
    view! {
        <Head title="Signed out" description="The session in this browser has ended." />
        <SignedOutPage still_at_authkit />
    }
}

#[component]
fn SignedOutPage(
    /// AuthKit did not answer: its session may still exist.
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
