//! The page of notes, `/notes`: for users in an organization.

use super::{island::Notes, model::ListNotes};
use crate::ui::{FeaturePage, Message};
use authkit_live::{PageStart, Preloaded};
use leptos::prelude::*;

/// Shows the organization's notes, or why there are none to show.
pub fn page() -> impl IntoView {
    FeaturePage::new("Notes", ListNotes::default(), notes)
        .description("What your organization has noted, as it is written.")
        .refused(no_organization)
        .view()
}

fn notes(preloaded: Preloaded<ListNotes>, start: PageStart) -> AnyView {
    view! {
        <div class="split live">
            <div>
                <h1>"Notes"</h1>
                <p>
                    "Everybody in your organization reads and writes them, and nobody else. "
                    <a href="/account/organizations">"Switch organization"</a>
                </p>
            </div>
            <Notes preloaded start />
        </div>
    }
    .into_any()
}

/// For users whose session is in no organization.
fn no_organization() -> AnyView {
    view! {
        <Message
            status="No organization"
            title="Notes belong to an organization"
            text=|| "Your session is in none. Choose one of yours, and its notes are here."
        >
            <div class="row">
                <a class="button primary big" href="/account/organizations">
                    "Choose an organization"
                </a>
            </div>
        </Message>
    }
    .into_any()
}
