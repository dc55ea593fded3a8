//! The page of a feature: what it shows to whom, and what is shown while it can't be.
//!
//! Called by the routes of features.

use super::Message;
use crate::states;
use authkit_live::{
    PageStart, Preloaded,
    server::{Opened, Query, live_page},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of a query: for users, with the answer and what its forms start from; for signed-out visitors, with what went
/// wrong with a form that they sent all the same.
pub fn feature_page<Q: Query>(
    title: &'static str,
    query: Q,
    ready: fn(Preloaded<Q>, PageStart) -> AnyView,
    signed_out: fn(Option<String>) -> AnyView,
) -> impl IntoView {
    let shown = move |opened| match opened {
        Opened::Ready(preloaded, start) => ready(preloaded, start),
        Opened::SignedOut(start) => {
            let said = |refused: &_| format!("Nothing was changed. {refused}");
            signed_out(start.refused.map(|form| said(&form.refused)))
        }
        Opened::SessionUnavailable => states::unavailable().into_any(),
        Opened::Refused(_) => states::forbidden().into_any(),
        Opened::DatabaseUnavailable => view! { <Unavailable /> }.into_any(),
    };
    view! {
        <Title text=title />
        {live_page(query, shown)}
    }
}

/// When the database does not answer.
#[component]
fn Unavailable() -> impl IntoView {
    view! {
        <Message
            tone="warn"
            status="Unavailable"
            title="This can’t be shown right now"
            text=|| "The database did not answer. Nothing is lost. Wait a moment and try again."
        >
            <div class="row">
                <a class="button primary big" href=super::request::path()>
                    "Try again"
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
        </Message>
    }
}
