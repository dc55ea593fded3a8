//! A time of WorkOS's in one form: UTC, to the second.
//!
//! Used by what prints sessions and events, here and in apps. A text that is no time is shown as it is, escaped.

use authkit_leptos::server::token::shown;
use jiff::Timestamp;

/// A time as it is printed, such as `2026-11-27 03:04:05Z`.
///
/// ```
/// assert_eq!(authkit_cli::when("2026-11-27T03:04:05.678Z"), "2026-11-27 03:04:05Z");
/// ```
#[must_use]
pub fn when(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => shown(text),
    }
}
