//! An id with a button that copies it. Without scripts one click selects the whole id.

use super::islands::CopyButton;
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
