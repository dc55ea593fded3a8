//! The page for administrators, `/admin`: who may see what of this app, and who did what.
//!
//! Says nothing of who may see it: the protection by path does, before this page is asked.

use crate::ui::{Head, Table};
use authkit_audit::{AuditLog, Filter};
use authkit_leptos::{
    distance,
    server::{
        Access, Listing,
        guard::{self, AuthKitUser},
    },
    slug,
};
use jiff::Timestamp;
use leptos::{either::Either, prelude::*};
use std::sync::Arc;

slug! {
    /// Runs the organization.
    pub Admin = "admin"
}

/// Rows of the audit trail that are shown.
const LATELY: u32 = 20;

/// The routes of the app, with who may ask for them, and the end of its audit trail.
pub fn page() -> impl IntoView {
    let listing = use_context::<Arc<Listing>>();
    let log = use_context::<AuditLog>();
    // An administrator is one of an organization.
    let me = guard::require::<AuthKitUser>().ok();
    let organization_id = me.and_then(|me| me.organization_id().map(str::to_owned));
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
        <Head title="Administration" description="Who may ask for what of this app, and who did what lately." />
        <h1>"Administration"</h1>
        <section class="section" aria-labelledby="by-path">
            <div>
                <h2 id="by-path">"Who may see what"</h2>
                <p>
                    "As " <code>"authkit routes"</code>
                    " prints it. What is public here may have a guard of its own, as server functions do."
                </p>
            </div>
            <Table label="by-path" columns=["Route", "Who", "Except"] rows=rows.collect_view() />
        </section>
        <section class="section" aria-labelledby="lately">
            <div>
                <h2 id="lately">"Who did what"</h2>
                <p>
                    "The end of the audit trail of your organization, newest first. " <code>"authkit audit"</code>
                    " lists more of it, with addresses and browsers."
                </p>
            </div>
            <Suspense>{Suspend::new(lately(log, organization_id))}</Suspense>
        </section>
    }
}

async fn lately(log: Option<AuditLog>, organization_id: Option<String>) -> impl IntoView {
    let filter = Filter {
        organization_id: Some(organization_id.unwrap_or_default()),
        limit: Some(LATELY),
        ..Filter::default()
    };
    let rows = match log {
        Some(log) => log.rows(&filter).await.ok(),
        None => None,
    };
    let Some(rows) = rows else {
        return Either::Left("The database did not answer. Load this page again in a moment.");
    };
    let seconds = |milliseconds| u64::try_from(milliseconds / 1000).unwrap_or(0);
    let now = seconds(Timestamp::now().as_millisecond());
    let rows = rows.into_iter().rev().map(|it| {
        let ago = distance::in_words(seconds(it.occurred_at), now);
        let about = it.target.or(it.because);
        view! {
            <tr>
                <th scope="row">
                    <code>{it.action}</code>
                </th>
                <td>
                    <code>{it.user_id}</code>
                </td>
                <td>{ago} {about.map(|about| view! { <br /><code>{about}</code> })}</td>
            </tr>
        }
    });
    Either::Right(
        view! { <Table label="lately" columns=["What", "Who", "When"] rows=rows.collect_view() /> },
    )
}
