//! A page of the size of the home page by Leptos alone, with an island: no session, no router, no layers, no compression.
//!
//! A role of this program, see `child`. The home page is compared with it: what remains between the two is this project's.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::child;
use axum::{Router, routing::get};
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{generate_route_list, render_app_to_stream};

/// The role.
pub const ROLE: &str = "bare-leptos";
/// A text of the page.
pub const TEXT: &str = "A page by Leptos alone";

/// So many make the size of the home page.
const ROWS: usize = 28;

/// Serves until it is killed.
pub async fn serve() {
    // There are no routes to list: this also tells Leptos that it runs on tokio.
    let _ = generate_route_list(|| ());
    let options = LeptosOptions::builder().output_name("bare").build();
    let page = render_app_to_stream(move || document(options.clone()));
    child::serve(Router::new().route("/", get(page))).await;
}

fn document(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="stylesheet" href="/pkg/bare.css" />
                <HydrationScripts options islands=true />
                <title>"Bare"</title>
            </head>
            <body>
                <main>
                    <h1>{TEXT}</h1>
                    <Counter />
                    <ul>{(0..ROWS).map(row).collect_view()}</ul>
                </main>
            </body>
        </html>
    }
}

/// What a row shows: as a page has it that shows data.
struct Data {
    id: String,
    request: String,
    status: u16,
    text: String,
}

impl Data {
    fn of(number: usize) -> Self {
        Self {
            id: format!("row-{number}"),
            request: format!("GET /rows/{number}"),
            status: 200,
            text: format!(
                "Row {number} says about as much as a row of the home page does, in two lines of text that no two rows share."
            ),
        }
    }
}

fn row(number: usize) -> impl IntoView {
    let Data {
        id,
        request,
        status,
        text,
    } = Data::of(number);
    view! {
        <li class="row" id=id>
            <p class="step">
                <code>{request}</code>
                " "
                <span class="num">{status}</span>
            </p>
            <p class="text">{text}</p>
        </li>
    }
}

/// So that the page has an island, as the home page does.
#[island]
fn Counter() -> impl IntoView {
    let (count, set_count) = signal(0);
    view! {
        <button class="button" on:click=move |_| set_count.update(|count| *count += 1)>
            {count}
        </button>
    }
}
