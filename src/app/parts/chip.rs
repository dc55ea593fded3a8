//! An id to copy. Without script one click selects all of it.

use crate::app::islands::CopyButton;
use leptos::prelude::*;

/// `what` names the value for screen readers: "Copy session id".
#[component]
pub fn Chip(value: String, what: &'static str) -> impl IntoView {
    view! {
        <span class="chip">
            <code>{value.clone()}</code>
            <CopyButton text=value label=format!("Copy {what}") />
        </span>
    }
}
