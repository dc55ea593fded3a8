//! The page for an invalid request, written for the developer who reads it: an attacker's request must never become a
//! redirect. Callers: `authorize`, the forms, `logout`. Quotes from the request are text, never a link.

use axum::http::StatusCode;
use maud::html;

use super::Page;
use super::layout::mark;

/// Why a request was refused: a code to search for, and a sentence.
#[derive(Debug)]
pub struct Reason {
    pub code: &'static str,
    pub sentence: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Reason {
        Reason {
            code,
            sentence: sentence.into(),
        }
    }
}

/// The page, with 400.
pub fn page(reason: &Reason) -> Page {
    with_status(StatusCode::BAD_REQUEST, reason)
}

/// The page for a form of another site, with 403.
pub fn foreign_form() -> Page {
    let sentence = "The form did not come from this page, so nothing was done with it.";
    with_status(
        StatusCode::FORBIDDEN,
        &Reason::new("foreign_form", sentence),
    )
}

fn with_status(status: StatusCode, reason: &Reason) -> Page {
    let main = html! {
        div.card.floats {
            (mark())
            h1 { "This request can’t be answered" }
            p { "WorkOS would refuse it too." }
            div.banner.danger role="alert" { p { (reason.sentence) } }
            p.ways { "Go back to the app and try again, or check what the app sends." }
            dl.codes {
                dt { "Status" } dd { code { (status.as_u16()) } }
                dt { "Reason" } dd { code { (reason.code) } }
            }
        }
    };
    Page {
        status,
        title: "Request refused",
        main,
        form_target: None,
    }
}
