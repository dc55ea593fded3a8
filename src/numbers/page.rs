//! The page of numbers, `/live`: the list for signed-in users, an introduction for everybody else.
//!
//! Rendered on the server with the list in it, so that it needs no script; the form and the list are an island.

use super::{island::Numbers, model::ListNumbers};
use crate::ui::FeaturePage;
use authkit_leptos::{SignInLink, SignUpLink};
use authkit_live::{PageStart, Preloaded};
use leptos::prelude::*;

/// Shows the list, the introduction, or why neither can be shown.
pub fn page() -> impl IntoView {
    FeaturePage::new("Live numbers", ListNumbers::default(), list)
        .description("One list of numbers, the same in every open window: a live query that asks who you are.")
        .listed()
        .island("Numbers")
        .signed_out(introduction)
        .unavailable("The numbers can’t be shown right now")
        .view()
}

fn list(preloaded: Preloaded<ListNumbers>, start: PageStart) -> impl IntoView {
    view! {
        <div class="split live">
            <div>
                <h1>"Live numbers"</h1>
                <p>
                    "Open this page in two windows, add a number in one, and it is in the other. It goes on from there by itself: offline, asleep, or while the server restarts."
                </p>
                <noscript>
                    <p class="quiet small">
                        "Without JavaScript the list is as it was when the page was loaded. "
                        <a href="/live">"Load it again"</a>
                    </p>
                </noscript>
            </div>
            <Numbers preloaded start />
        </div>
    }
}

/// For signed-out visitors; `problem` is what went wrong with a plain form.
fn introduction(problem: Option<String>) -> AnyView {
    let problem = problem.map(|problem| view! { <p role="alert">{problem}</p> });
    view! {
        <div class="lead">
            <p class="status">"Signed out"</p>
            <h1>"Numbers that are the same in every window"</h1>
            <p>
                "Everybody who is signed in adds numbers to one list, and sees it change as others do. The list is a query on the server’s database that asks who you are, so sign in to see it."
            </p>
            {problem}
            <div class="row">
                <SignInLink {..} class="button primary big">
                    "Sign in to see it"
                </SignInLink>
                <SignUpLink>"Sign up"</SignUpLink>
            </div>
        </div>
    }
    .into_any()
}
