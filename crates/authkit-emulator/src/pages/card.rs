//! Parts that the cards of sign-in, sign-up and step-up share. Callers: these pages.
//! Every card must offer a way back to the app.

use axum::http::StatusCode;
use maud::{Markup, html};

use super::Problem;
use super::layout::mark;
use super::view::RequestView;
use crate::state::store::model::User;

/// 422 for a form with problems, so that programs notice them too (RFC 9110 §15.5.21).
pub fn status(problems: &[Problem]) -> StatusCode {
    if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// The heading, with the name of the app.
pub fn heading(title: &str, request: &RequestView<'_>) -> Markup {
    html! {
        (mark())
        h1 { (title) }
        p { "to continue to " strong { (request.app) } }
        @if let Some(provider) = request.provider {
            p.quiet { "This page stands for the provider " code { (provider) } "." }
        }
    }
}

/// A button that continues as the signed-in user, if there is one.
pub fn going_on(request: &RequestView<'_>, user: Option<&User>) -> Markup {
    html! {
        @if let Some(user) = user {
            form.banner.stack method="post" action={ "/sign-in/continue?" (request.query) } {
                p { "You are signed in as " (user.email) "." }
                button.button.wide type="submit" { "Continue as " (user.display_name()) }
            }
        }
    }
}

/// A link to the other page, and one that returns to the app without signing in.
pub fn ways_out(request: &RequestView<'_>, ask: &str, other: &str, label: &str) -> Markup {
    html! {
        div.ways {
            p { (ask) " " a href=(other) { (label) } }
            p { a href=(request.cancelled) { "Cancel" } }
        }
    }
}
