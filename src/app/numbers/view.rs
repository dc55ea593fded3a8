//! The page of numbers, `/live`: what it says in each of its states.
//!
//! Rendered on the server; the form and the list are an island. Which state it is in is decided in the
//! route table.

use super::{NumbersError, island::LiveNumbers, model::ListNumbers};
use crate::app::parts::Message;
use authkit_leptos::{SignInLink, SignUpLink};
use authkit_live::Preloaded;
use leptos::prelude::*;

/// For somebody who is signed in. `now` is the server's time in seconds since the epoch; `problem` is what
/// went wrong with a plain form, `typed` what was typed into it.
#[component]
pub fn LivePage(
    preloaded: Preloaded<ListNumbers>,
    now: u64,
    problem: Option<NumbersError>,
    typed: String,
) -> impl IntoView {
    let problem = problem.map_or_else(String::new, |problem| problem.to_string());
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
            <LiveNumbers preloaded now problem typed />
        </div>
    }
}

/// For somebody who is signed out; `problem` is what that did to a plain form.
#[component]
pub fn LiveIntroduction(problem: Option<NumbersError>) -> impl IntoView {
    let problem = problem.map(|problem| {
        view! {
            <p role="alert">{format!("Nothing was changed. {problem}")}</p>
        }
    });
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
}

/// When the database does not answer.
#[component]
pub fn LiveUnavailable() -> impl IntoView {
    view! {
        <Message
            tone="warn"
            status="Unavailable"
            title="The numbers can’t be shown right now"
            text=|| "The database did not answer. Nothing is lost. Wait a moment and try again."
        >
            <div class="row">
                <a class="button primary big" href="/live">
                    "Try again"
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
        </Message>
    }
}
