//! What the page of a feature shows to users whose session is in no organization, where the feature is one's.
//!
//! Shown by `FeaturePage`, which has set the status.

use crate::ui::Message;
use leptos::prelude::*;

/// Leads to where one is chosen.
pub fn no_organization() -> impl IntoView {
    view! {
        <Message
            status="No organization"
            title="This page belongs to an organization"
            text=|| "Your session is in none. Choose one of yours, and what it shares is here."
        >
            <div class="row">
                <a class="button primary big" href="/account/organizations">
                    "Choose an organization"
                </a>
            </div>
        </Message>
    }
}
