//! The page for an organization's policy. Caller: `protocol::step_up`.
//! The emulator has no identity provider and no second factor; the page says so, and its button stands for them.

use axum::http::StatusCode;
use maud::html;

use super::Page;
use super::card::heading;
use super::view::RequestView;
use crate::state::store::model::{Organization, Policy};

/// The page.
pub fn page(request: &RequestView<'_>, organization: &Organization, ticket: &str) -> Page {
    let name = &organization.name;
    let (asks, button) = match organization.policy {
        Policy::SsoRequired => (
            "asks you to sign in through its own identity provider.",
            "I have signed in there".to_owned(),
        ),
        Policy::MfaEnrollment => (
            "asks you to set up a second factor.",
            "I have set one up".to_owned(),
        ),
        Policy::Open | Policy::SelectionRequired => (
            "asks to be chosen before you continue.",
            format!("Continue with {name}"),
        ),
    };
    let main = html! {
        div.card.floats {
            (heading("One more step", request))
            div.banner { p { strong { (name) } " " (asks) } }
            form.stack method="post" action={ "/sign-in/organization?" (request.query) } {
                p.quiet { "The emulator has nothing to do this with. The button stands for having done it." }
                input type="hidden" name="ticket" value=(ticket);
                button.button.primary.big.wide type="submit" { (button) }
            }
            div.ways {
                p { a href=(request.cancelled) { "Cancel" } }
            }
        }
    };
    Page {
        status: StatusCode::OK,
        title: "One more step",
        main,
        form_target: Some(request.form_target.clone()),
    }
}
