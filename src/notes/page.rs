//! The page of notes, `/notes`: for users in an organization.

use super::{island::Notes, model::ListNotes};
use crate::ui::FeaturePage;
use authkit_live::{PageStart, Preloaded};
use leptos::prelude::*;

/// Shows the organization's notes, or why they can't be shown.
pub fn page() -> impl IntoView {
    FeaturePage::new("Notes", ListNotes::default(), notes)
        .description("What your organization has noted, as it is written.")
        .island("Notes")
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
