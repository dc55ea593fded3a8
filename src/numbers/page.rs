//! The page of numbers, `/live`: the list for signed-in users, an introduction for everybody else.
//!
//! Rendered on the server with the list in it, so that it needs no script; the form and the list are an island.

use super::{error::NumbersError, island::LiveNumbers, model::ListNumbers};
use crate::refused_form::RefusedForms;
use crate::states;
use crate::ui::Message;
use authkit_leptos::{AuthError, AuthState, SignInLink, SignUpLink, server};
use authkit_live::{Preloaded, server::Live};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
    server_fn::error::ServerFnUrlError,
};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::time::{SystemTime, UNIX_EPOCH};

/// Shows the list, the introduction, or why neither can be shown; and what went wrong with a plain form that
/// leads back here.
pub fn page() -> impl IntoView {
    match (server::auth_state(), use_context::<Live>()) {
        (AuthState::SignedIn(_), Some(live)) => {
            // The user was signed out then, and has signed in since.
            let is_past = |problem: &_| *problem == NumbersError::Auth(AuthError::SignedOut);
            let problem = problem_with_form().filter(|problem| !is_past(problem));
            let ticket = use_query_map().read_untracked().get("refused");
            let refused = ticket.zip(RefusedForms::of_session());
            let preloaded = live.preload(ListNumbers::default());
            EitherOf3::A(view! {
                <Title text="Live numbers" />
                <Suspense>
                    {Suspend::new(async move {
                        let refused = match refused {
                            Some((ticket, (forms, session_id))) => {
                                forms.take(&session_id, &ticket).await
                            }
                            None => None,
                        };
                        let (problem, typed) = match refused {
                            Some(form) => (NumbersError::from_code(&form.reason), form.typed),
                            None => (problem, String::new()),
                        };
                        match preloaded.await {
                            Ok(preloaded) => {
                                Either::Left(
                                    view! { <LivePage preloaded now=now() problem typed /> },
                                )
                            }
                            Err(_) => Either::Right(view! { <LiveUnavailable /> }),
                        }
                    })}
                </Suspense>
            })
        }
        (AuthState::Unavailable(_), _) => EitherOf3::B(states::unavailable()),
        _ => EitherOf3::C(view! {
            <Title text="Live numbers" />
            <LiveIntroduction problem=problem_with_form() />
        }),
    }
}

/// What the address says went wrong with a plain form that left nothing. The feature names the error by its code,
/// while the database is away; Leptos encodes the error of a form that the feature has not seen.
fn problem_with_form() -> Option<NumbersError> {
    let query = use_query_map().read_untracked();
    let refused = || {
        query
            .get("__err")
            .map(|error| ServerFnUrlError::decode_err(&error))
    };
    match query.get("problem") {
        Some(code) => NumbersError::from_code(&code),
        None => refused(),
    }
}

/// Seconds since the epoch.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// For signed-in users. `now` is the server's time in seconds since the epoch; `problem` is what went wrong with a
/// plain form, and `typed` what was typed into it.
#[component]
fn LivePage(
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

/// For signed-out visitors; `problem` is what went wrong with a plain form.
#[component]
fn LiveIntroduction(problem: Option<NumbersError>) -> impl IntoView {
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
fn LiveUnavailable() -> impl IntoView {
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
