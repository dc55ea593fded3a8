//! The sign-up page. Caller: `protocol::sign_up`.
//! It shows the password rule before it can be broken, and works without JavaScript.

use maud::html;

use super::card::{going_on, heading, status, ways_out};
use super::field::{Field, field, summary};
use super::view::RequestView;
use super::{Page, Problem, address};
use crate::state::password;
use crate::state::store::model::User;

/// What the page shows.
pub struct View<'a> {
    pub request: RequestView<'a>,
    /// Email address typed so far.
    pub email: &'a str,
    /// First name typed so far.
    pub first_name: &'a str,
    /// Last name typed so far.
    pub last_name: &'a str,
    pub problems: &'a [Problem],
    /// The user who may continue without a new account.
    pub signed_in: Option<&'a User>,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let (request, problems) = (&view.request, view.problems);
    let text = |name, label, value, autocomplete| Field {
        name,
        label,
        kind: "text",
        value,
        autocomplete,
        hint: None,
        required: false,
        focus: false,
    };
    let email = Field {
        kind: "email",
        required: true,
        focus: true,
        ..text("email", "Email", view.email, "username")
    };
    let password = Field {
        kind: "password",
        required: true,
        hint: Some(password::RULE),
        ..text("password", "Password", "", "new-password")
    };
    let main = html! {
        div.card.floats {
            (heading("Sign up", request))
            (summary(problems))
            (going_on(request, view.signed_in))
            form.stack method="post" action=(address::sign_up(request.query)) novalidate {
                (field(&email, problems))
                (field(&text("first_name", "First name", view.first_name, "given-name"), problems))
                (field(&text("last_name", "Last name", view.last_name, "family-name"), problems))
                (field(&password, problems))
                button.button.primary.big.wide type="submit" { "Sign up" }
            }
            (ways_out(request, "Already have an account?", &address::sign_in(request.query), "Sign in"))
        }
    };
    Page {
        status: status(problems),
        title: "Sign up",
        main,
        form_target: Some(request.form_target.clone()),
    }
}
