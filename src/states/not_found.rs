//! The page at an address that has none.

use crate::ui::{Head, Message, request};
use authkit_leptos::server;
use axum::http::StatusCode;
use leptos::prelude::*;

/// 404 for any path.
pub fn not_found() -> impl IntoView {
    server::set_status(StatusCode::NOT_FOUND);
    view! {
        <Head title="Page not found" description="There is nothing at this address." />
        <NotFoundPage path=request::path() />
    }
}

#[component]
fn NotFoundPage(path: String) -> impl IntoView {
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
