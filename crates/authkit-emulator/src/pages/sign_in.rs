//! The sign-in page. Caller: `protocol::sign_in`.
//! It must never reveal whether an address is known, and works without JavaScript.

use maud::{Markup, html};

use super::avatar::avatar;
use super::card::{going_on, heading, status, ways_out};
use super::field::{Field, field, summary};
use super::view::RequestView;
use super::{Page, Problem, address};
use crate::state::seed::SEEDED_PASSWORD;
use crate::state::store::model::User;

/// What the page shows.
pub struct View<'a> {
    pub request: RequestView<'a>,
    pub email: &'a str,
    pub problems: &'a [Problem],
    /// The user who may continue without signing in again.
    pub signed_in: Option<&'a User>,
    /// The seeded users, for a sign-in with one click.
    pub development_users: &'a [DevelopmentUser],
}

/// A user for a sign-in with one click.
pub struct DevelopmentUser {
    pub user: User,
    /// Role and organization, in words.
    pub place: String,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let request = &view.request;
    let action = address::sign_in(request.query);
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
            (ways_out(request, "No account yet?", &address::sign_up(request.query), "Sign up"))
        }
        (development_users(&action, view.development_users))
    };
    Page {
        status: status(view.problems),
        title: "Sign in",
        main,
        form_target: Some(request.form_target.clone()),
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
            button type="submit" {
                (avatar(user))
                span {
                    span.unseen { "Sign in as " }
                    (user.display_name())
                    " "
                    span.quiet { (user.email) ", " (place) }
                }
            }
        }
    }
}
