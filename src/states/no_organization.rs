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
            title="Choose an organization first"
            text=|| "What an organization shares is for its users, and your session is in none."
        >
            <div class="row">
                <a class="button primary big" href="/account/organizations">
                    "Choose an organization"
                </a>
            </div>
        </Message>
    }
}
