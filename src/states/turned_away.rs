//! `/forbidden` and `/unavailable`: what the protection by path shows instead of a page, at that page's address.
//!
//! Pages that are for everybody show the second, too, where they need to know who asks.

use crate::ui::{Codes, Head, Message, request};
use authkit_leptos::server;
use axum::http::StatusCode;
use leptos::prelude::*;

/// 403: the user may not see the page.
pub fn forbidden() -> impl IntoView {
    server::set_status(StatusCode::FORBIDDEN);
    view! {
        <Head title="Not for you" description="The page needs a right that the account does not have." />
        <Message
            tone="bad"
            status="403"
            title="You may not see this page"
            text=|| {
                "It needs a right that you don’t have in this organization. An administrator can give it to you."
            }
        >
            <div class="row">
                <a class="button primary big" href="/">
                    "Go home"
                </a>
                " "
                <a href="/account/organizations">"Switch organization"</a>
            </div>
            <Codes reason="forbidden" request_id=request::id() />
        </Message>
    }
}

/// 503: there is a session, and it can't be verified.
pub fn unavailable() -> impl IntoView {
    server::set_status(StatusCode::SERVICE_UNAVAILABLE);
    view! {
        <Head title="Temporarily unavailable" description="The session can’t be checked right now." />
        <Message
            tone="warn"
            status="Unavailable"
            title="Your session can’t be checked right now"
            text=|| {
                "This page can’t ask AuthKit about it, so it can’t be sure who you are. You have not been signed out. The page tries again by itself."
            }
        >
            <div class="row">
                <a class="button primary big" href="">
                    "Try again"
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
            <Codes reason="unavailable" request_id=request::id() />
        </Message>
    }
}
