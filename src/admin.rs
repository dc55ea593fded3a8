//! The page for administrators, `/admin`: who may see what of this app.
//!
//! Says nothing of who may see it: the protection by path does, before this page is asked.

use crate::ui::{Head, Table};
use authkit_leptos::{
    server::{Access, Listing},
    slug,
};
use leptos::prelude::*;
use std::sync::Arc;

slug! {
    /// Runs the organization.
    pub Admin = "admin"
}

/// The routes of the app, with who may ask for them.
pub fn page() -> impl IntoView {
    let listing = use_context::<Arc<Listing>>();
    let routes = listing.iter().flat_map(|listing| &listing.routes);
    let own = routes.filter(|it| it.access != Access::Open);
    let rows = own.map(|it| {
        view! {
            <tr>
                <th scope="row">
                    <code>{it.route.clone()}</code>
                </th>
                <td>{it.access.to_string()}</td>
                <td>{it.exceptions()}</td>
            </tr>
        }
    });
    view! {
        <Head title="Who may see what" description="The routes of this app, and who may ask for them." />
        <h1 id="routes">"Who may see what"</h1>
        <section class="section" aria-labelledby="by-path">
            <div>
                <h2 id="by-path">"By path"</h2>
                <p>
                    "As " <code>"authkit routes"</code>
                    " prints it. What is public here may have a guard of its own, as server functions do."
                </p>
            </div>
            <Table label="routes" columns=["Route", "Who", "Except"] rows=rows.collect_view() />
        </section>
    }
}
