//! The server's clock in the browser, and what is told by it.
//!
//! A browser's own clock may be wrong by hours: the page brings the server's time, and the island counts on from there.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::words;
use authkit_leptos::distance::in_words;
use leptos::prelude::*;
use std::time::Duration;

/// How often relative times are updated.
const TICK: Duration = Duration::from_secs(5);

/// A moment as its distance from now: "in 5 minutes". `at` and `now` are seconds since the epoch; `now` is the
/// server's time, so that both sides start with the same words.
#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn RelativeTime(at: u64, now: u64) -> impl IntoView {
    let now = ticking(now);
    words(move || in_words(at, now.get()))
}

/// A clock that starts at the server's time, for the body of an island. In seconds since the epoch.
///
/// ```
/// # use authkit_live::{ticking, words};
/// # use authkit_leptos::distance::in_words;
/// # use leptos::prelude::*;
/// #[island]
/// fn Deadline(at: u64, now: u64) -> impl IntoView {
///     let now = ticking(now);
///     view! { <p>"Ends "{words(move || in_words(at, now.get()))}</p> }
/// }
/// ```
#[must_use]
pub fn ticking(now: u64) -> ReadSignal<u64> {
    let (ticking, set_ticking) = signal(now);
    Effect::new(move |_| {
        let started = window().performance().map(|clock| clock.now());
        let tick = move || {
            let later = window().performance().map(|clock| clock.now());
            if let (Some(started), Some(later)) = (started, later) {
                // Milliseconds since the page was loaded: never negative, far below 2⁵³.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let elapsed = ((later - started) / 1000.0) as u64;
                set_ticking.set(now.saturating_add(elapsed));
            }
        };
        if let Ok(interval) = set_interval_with_handle(tick, TICK) {
            on_cleanup(move || interval.clear());
        }
    });
    ticking
}
