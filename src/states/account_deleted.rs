//! `/account-deleted`, to which the deletion of an account leads.

use crate::ui::{Head, Message};
use leptos::prelude::*;

/// For anybody: the account is gone, and so is its session.
pub fn account_deleted() -> impl IntoView {
    view! {
        <Head title="Account deleted" description="The account and all of its sessions have ended." />
        <Message
            status="Deleted"
            title="Your account is deleted"
            text=|| "All of its sessions have ended. Whoever signs up with this address is somebody new."
        >
            <div class="row">
                <a class="button primary big" href="/">
                    "Go home"
                </a>
            </div>
        </Message>
    }
}
