//! `/sign-in-failed`: why a sign-in failed, and a link that tries it again.

use crate::ui::{Codes, Message, request};
use authkit_leptos::{ReturnTo, SignInFailure, SignInLink, server};
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The status is that of the failure, which the address names by its reason code.
pub fn sign_in_failed() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let failure = SignInFailure::from_code(&query.get("reason").unwrap_or_default());
    let return_to = ReturnTo::or_home(query.get("return_to").as_deref());
    if let Ok(status) = StatusCode::from_u16(failure.status()) {
        server::set_status(status);
    }
    view! {
        <Title text=failure.explanation().title />
        <SignInFailedPage failure return_to request_id=request::id() />
    }
}

/// Trying again leads to `return_to`, as the failed sign-in would have.
#[component]
fn SignInFailedPage(
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
