//! A table with a row of headings.
//!
//! Pages give it their rows, each with a heading of its own. Its name is the heading above it.

use leptos::prelude::*;

/// A `<table class="table">`; `label` is the id of the heading above it.
#[component]
pub fn Table<R: IntoView + 'static>(
    #[prop(into)] label: String,
    columns: [&'static str; 3],
    rows: R,
) -> impl IntoView {
    view! {
        <table class="table" aria-labelledby=label>
            <thead>
                <tr>{columns.map(|column| view! { <th scope="col">{column}</th> })}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
