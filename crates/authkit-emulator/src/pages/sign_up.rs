//! The sign-up page. Caller: the handler of the same name.
//! It says the password rule before it is broken, and works without JavaScript.

use maud::html;

use super::field::{Field, field, summary};
use super::sign_in::{going_on, heading, status, ways_out};
use super::{Page, Problem};
use crate::authorize::page_for;
use crate::password;
use crate::request::{AuthorizeRequest, Screen};
use crate::sign_up::SignUpForm;
use crate::store::model::User;

/// What the page shows.
pub struct View<'a> {
    pub request: &'a AuthorizeRequest,
    /// What was typed so far.
    pub form: &'a SignUpForm,
    pub problems: &'a [Problem],
    /// Who may go on without an account of their own.
    pub signed_in: Option<&'a User>,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let (request, form, problems) = (view.request, view.form, view.problems);
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
        ..text("email", "Email", &form.email, "username")
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
            form.stack method="post" action=(page_for(request, Screen::SignUp)) novalidate {
                (field(&email, problems))
                (field(&text("first_name", "First name", &form.first_name, "given-name"), problems))
                (field(&text("last_name", "Last name", &form.last_name, "family-name"), problems))
                (field(&password, problems))
                button.button.primary.big.wide type="submit" { "Sign up" }
            }
            (ways_out(request, "Already have an account?", Screen::SignIn, "Sign in"))
        }
    };
    Page {
        status: status(problems),
        title: "Sign up",
        main,
        form_target: Some(request.callback.form_target()),
    }
}
