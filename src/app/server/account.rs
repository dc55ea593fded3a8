//! What the account page needs beyond the identity: claims and dates, put into words.

use crate::{
    app::{
        pages::{AccountPage, Claim},
        parts::Moment,
    },
    authkit::{Identity, server},
};
use jiff::Timestamp;
use leptos::prelude::*;
use serde_json::Value;

/// Claims that are dates (RFC 7519 §2, `NumericDate`).
const DATES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// The page for a signed-in user.
pub fn account_page(identity: Identity) -> impl IntoView {
    let claims = server::verified_claims()
        .and_then(|claims| serde_json::to_value(&*claims).ok())
        .and_then(|claims| claims.as_object().cloned())
        .into_iter()
        .flatten()
        .map(|(name, value)| Claim {
            value: in_words(&name, &value),
            name,
        })
        .collect();
    let expires = moment(identity.expires_at);
    view! { <AccountPage identity expires claims /> }
}

fn in_words(name: &str, value: &Value) -> String {
    match value {
        Value::Number(number) if DATES.contains(&name) => number
            .as_u64()
            .map_or_else(|| number.to_string(), |seconds| moment(seconds).text),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| in_words("", item))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

fn moment(seconds: u64) -> Moment {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX);
    Moment {
        at: seconds,
        now: u64::try_from(Timestamp::now().as_second()).unwrap_or(0),
        rfc3339: at.to_string(),
        text: at.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
    }
}
