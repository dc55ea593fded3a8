//! The page that begins an impersonation, where WorkOS has its dashboard. Caller: `bend::impersonation`.
//! It says where the browser will be led, since that depends on a setting of the environment.

use maud::html;

use super::card::status;
use super::field::{Field, field, summary};
use super::layout::mark;
use super::{Page, Problem};

/// What the page shows.
pub struct View<'a> {
    pub email: &'a str,
    pub impersonator: &'a str,
    pub reason: &'a str,
    pub problems: &'a [Problem],
    /// The Initiate login URI, if one is set.
    pub initiate_login_uri: Option<&'a str>,
    /// Origin that the form leads to in the end.
    pub form_target: Option<String>,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let text = |name, label, kind, value| Field {
        name,
        label,
        kind,
        value,
        autocomplete: "off",
        hint: None,
        required: true,
        focus: name == "email",
    };
    let reason = Field {
        required: false,
        ..text("reason", "Reason", "text", view.reason)
    };
    let main = html! {
        div.card.floats {
            (mark())
            h1 { "Impersonate a user" }
            p { "Signs this browser in as somebody else for an hour, as the dashboard of WorkOS does." }
            (summary(view.problems))
            form.stack method="post" action="/impersonate" novalidate {
                (field(&text("email", "User’s email", "email", view.email), view.problems))
                (field(&text("impersonator", "Your email", "email", view.impersonator), view.problems))
                (field(&reason, view.problems))
                p.quiet {
                    @match view.initiate_login_uri {
                        Some(uri) => { "The browser is led to the Initiate login URI, " code { (uri) } "." }
                        None => { "No Initiate login URI is set: the browser is led to the app’s callback, without state." }
                    }
                }
                button.button.primary.big.wide type="submit" { "Impersonate" }
            }
        }
    };
    Page {
        status: status(view.problems),
        title: "Impersonate a user",
        main,
        form_target: view.form_target.clone(),
    }
}
