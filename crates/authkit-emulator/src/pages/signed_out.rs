//! The page after signing out when no app has registered an address to return to. Caller: logout.

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
