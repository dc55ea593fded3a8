//! The page after a sign-out without a registered address to return to. Caller: `protocol::logout`.
//! It must never link to an address from the request.

use axum::http::StatusCode;
use maud::html;

use super::Page;
use super::layout::mark;

/// The page.
pub fn page() -> Page {
    let main = html! {
        div.card.floats.stack {
            (mark())
            h1 { "You are signed out" }
            p {
                "No sign-out address is registered, so there is no app to return to. "
                "You can close this page."
            }
        }
    };
    Page {
        status: StatusCode::OK,
        title: "Signed out",
        main,
        form_target: None,
    }
}
