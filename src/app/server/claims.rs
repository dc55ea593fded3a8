//! Claims and dates, put into words for pages and commands.

use crate::app::parts::{Claim, Moment};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Claims that are dates (RFC 7519 §2, `NumericDate`).
const DATES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// Each of the claims, with its value in words.
pub fn claims(claims: &Map<String, Value>) -> Vec<Claim> {
    let claim = |(name, value): (&String, &Value)| Claim {
        value: in_words(name, value),
        name: name.clone(),
    };
    claims.iter().map(claim).collect()
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

/// A moment in time, by its seconds since the epoch.
#[must_use]
pub fn moment(seconds: u64) -> Moment {
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
