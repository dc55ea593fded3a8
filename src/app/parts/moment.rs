//! A moment in time, for people and machines.

use crate::app::islands::RelativeTime;
use leptos::prelude::*;

/// A moment, already put into words by the server.
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

/// The moment by its distance from now; the date is in the tooltip.
#[component]
pub fn Time(moment: Moment) -> impl IntoView {
    view! {
        <time datetime=moment.rfc3339 title=moment.text>
            <RelativeTime at=moment.at now=moment.now />
        </time>
    }
}
