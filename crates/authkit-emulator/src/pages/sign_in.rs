//! The sign-in page. Caller: the handler of the same name.
//! It never tells whether an address is known, and works without JavaScript.

use axum::http::StatusCode;
use maud::{Markup, html};

use super::avatar::avatar;
use super::field::{Field, field, summary};
use super::layout::mark;
use super::{Page, Problem};
use crate::authorize::page_for;
use crate::request::{AuthorizeRequest, Screen};
use crate::store::model::User;
use crate::store::seed::SEEDED_PASSWORD;

/// What the page shows.
pub struct View<'a> {
    pub request: &'a AuthorizeRequest,
    pub email: &'a str,
    pub problems: &'a [Problem],
    /// Who may go on without signing in again.
    pub signed_in: Option<&'a User>,
    /// The seeded users, for signing in with one click.
    pub development_users: &'a [DevelopmentUser],
}

/// Somebody to sign in as with one click.
pub struct DevelopmentUser {
    pub user: User,
    /// Their place in an organization, in words.
    pub place: String,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let request = view.request;
    let action = page_for(request, Screen::SignIn);
    let email = Field {
        name: "email",
        label: "Email",
        kind: "email",
        value: view.email,
        autocomplete: "username",
        hint: None,
        required: true,
        focus: view.email.is_empty(),
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        value: "",
        autocomplete: "current-password",
        hint: None,
        required: true,
        focus: !view.email.is_empty(),
    };
    let main = html! {
        div.card.floats {
            (heading("Sign in", request))
            (summary(view.problems))
            (going_on(request, view.signed_in))
            form.stack method="post" action=(action) novalidate {
                (field(&email, view.problems))
                (field(&password, view.problems))
                button.button.primary.big.wide type="submit" { "Sign in" }
            }
            (ways_out(request, "No account yet?", Screen::SignUp, "Sign up"))
        }
        (development_users(&action, view.development_users))
    };
    Page {
        status: status(view.problems),
        title: "Sign in",
        main,
        form_target: Some(request.callback.form_target()),
    }
}

/// 422 for a form with problems, so that programs notice them too (RFC 9110 §15.5.21).
pub fn status(problems: &[Problem]) -> StatusCode {
    if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// What the page is for, and which app asks.
pub fn heading(title: &str, request: &AuthorizeRequest) -> Markup {
    html! {
        (mark())
        h1 { (title) }
        p { "to continue to " strong { (request.callback.app()) } }
    }
}

/// Who is signed in already, and a button to go on as them.
pub fn going_on(request: &AuthorizeRequest, user: Option<&User>) -> Markup {
    html! {
        @if let Some(user) = user {
            form.banner.stack method="post" action={ "/sign-in/continue?" (request.query) } {
                p { "You are signed in as " (user.email) "." }
                button.button.wide type="submit" { "Continue as " (user.display_name()) }
            }
        }
    }
}

/// The other page, and the way back without an account.
pub fn ways_out(request: &AuthorizeRequest, ask: &str, other: Screen, label: &str) -> Markup {
    let cancelled = request
        .callback
        .with_error("access_denied", "The person cancelled.");
    html! {
        div.ways {
            p { (ask) " " a href=(page_for(request, other)) { (label) } }
            p { a href=(cancelled) { "Cancel" } }
        }
    }
}

fn development_users(action: &str, users: &[DevelopmentUser]) -> Markup {
    html! {
        @if !users.is_empty() {
            section.people aria-labelledby="development-users" {
                h2 #development-users { "Development users" }
                p.quiet { "One click signs you in. Their password is " code { (SEEDED_PASSWORD) } "." }
                ul {
                    @for user in users { li { (one_click(action, user)) } }
                }
            }
        }
    }
}

fn one_click(action: &str, DevelopmentUser { user, place }: &DevelopmentUser) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="email" value=(user.email);
            input type="hidden" name="password" value=(SEEDED_PASSWORD);
            button type="submit" aria-label={ "Sign in as " (user.display_name()) } {
                (avatar(user))
                span {
                    (user.display_name())
                    " "
                    span.quiet { (user.email) ", " (place) }
                }
            }
        }
    }
}
