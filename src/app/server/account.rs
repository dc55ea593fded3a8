//! What the account page needs beyond the identity: the claims and the date of expiry.

use super::claims::{claims, moment};
use crate::app::pages::AccountPage;
use authkit_leptos::Identity;
use authkit_leptos::server;
use leptos::prelude::*;
use serde_json::Value;

/// The page for a signed-in user.
pub fn account_page(identity: Identity) -> impl IntoView {
    let said = server::verified_claims().and_then(|claims| serde_json::to_value(&*claims).ok());
    let claims = match said {
        Some(Value::Object(said)) => claims(&said),
        _ => Vec::new(),
    };
    let expires = moment(identity.expires_at);
    view! { <AccountPage identity expires claims /> }
}
