//! The page at `/`: what this is and who may sign in. Caller: the router. It shows nothing secret; the
//! seeded password is documented.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};

use super::Page;
use super::layout::mark;
use crate::emulator::context::Context;
use crate::emulator::store::seed::{SEEDED_PASSWORD, SEEDED_USERS};

/// The handler.
pub async fn get(State(context): State<Arc<Context>>) -> Page {
    let main = html! {
        div.card.floats.stack {
            (mark())
            h1 { "AuthKit emulator" }
            p { "It stands in for WorkOS while you develop. Your app sends people here to sign in." }
            dl.stack {
                (fact("Client id", &[&context.client_id]))
                (fact("Issuer", &[&context.issuer()]))
                (fact("Redirect URIs", &context.redirect_uris.all()))
                (fact("Development users", &SEEDED_USERS))
                (fact("Their password", &[SEEDED_PASSWORD]))
            }
        }
    };
    Page {
        status: StatusCode::OK,
        title: "About",
        main,
        form_target: None,
    }
}

fn fact(name: &str, values: &[impl AsRef<str>]) -> Markup {
    html! {
        div {
            dt.quiet { (name) }
            @for value in values { dd { code { (value.as_ref()) } } }
        }
    }
}
