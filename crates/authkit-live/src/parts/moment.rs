//! A moment in time, for people and machines: a date by the server, its distance from now by an island.

use super::RelativeTime;
use jiff::Timestamp;
use leptos::prelude::*;

/// A moment, formatted by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the epoch.
    pub at: u64,
    /// The server's time when the page was made.
    pub now: u64,
    /// RFC 3339, in UTC.
    pub rfc3339: String,
    /// For people: "21 November 2026, 02:30:42 UTC".
    pub text: String,
}

/// The moment by its distance from now; the date is in the tooltip. Without scripts the distance is that of when the page
/// was made.
///
/// ```
/// # use authkit_live::{Time, moment};
/// # use leptos::prelude::*;
/// # fn page() -> impl IntoView {
/// view! { <p>"Signed in " <Time moment=moment(1_763_726_400) /></p> }
/// # }
/// ```
#[component]
pub fn Time(moment: Moment) -> impl IntoView {
    view! {
        <time datetime=moment.rfc3339 title=moment.text>
            <RelativeTime at=moment.at now=moment.now />
        </time>
    }
}

/// The moment that is `seconds` after the epoch.
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
