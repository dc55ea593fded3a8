//! What moves in the browser. Everything else on a page is plain HTML.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use crate::authkit::{AuthLoading, Authenticated, Unauthenticated, use_auth};
use leptos::prelude::*;
use std::time::Duration;

/// How long "Copied" stays.
const COPIED_FOR: Duration = Duration::from_secs(2);
/// How often relative times are looked at again.
const TICK: Duration = Duration::from_secs(5);

/// Whether the browser lets a page copy: only over https or on this machine.
fn can_copy() -> bool {
    cfg!(feature = "hydrate") && window().is_secure_context()
}

/// Whether the island runs already: false in the server's HTML, true in the browser.
fn is_alive() -> ReadSignal<bool> {
    let (alive, set_alive) = signal(false);
    Effect::new(move |_| set_alive.set(true));
    alive
}

/// The answer of [`use_auth`] in the browser, live.
#[island]
pub fn AuthPanel() -> impl IntoView {
    let alive = is_alive();
    let auth = use_auth();
    let email =
        move || auth.with(|auth| auth.identity().map(|identity| identity.user.email.clone()));
    view! {
        <div class="readout" role="status">
            <Authenticated>
                <p class="status good">"Signed in"</p>
            </Authenticated>
            <Unauthenticated>
                <p class="status">"Signed out"</p>
            </Unauthenticated>
            <AuthLoading>
                <p class="status warn">"Unavailable"</p>
            </AuthLoading>
        </div>
        <dl class="facts">
            <dt>"Answer of"</dt>
            <dd>
                <code>"use_auth()"</code>
            </dd>
            <dt>"Running in"</dt>
            <dd>{move || if alive.get() { "this browser" } else { "the server" }}</dd>
            <dt>"User"</dt>
            <dd>{email}</dd>
        </dl>
    }
}

/// A button that copies `text`; `label` tells a screen reader what it is.
#[island]
pub fn CopyButton(text: String, label: String) -> impl IntoView {
    let alive = is_alive();
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        let _ = window().navigator().clipboard().write_text(&text);
        set_copied.set(true);
        set_timeout(move || set_copied.set(false), COPIED_FOR);
    };
    view! {
        <button
            class="script"
            type="button"
            aria-label=label
            disabled=move || !(alive.get() && can_copy())
            on:click=copy
        >
            {move || if copied.get() { "Copied" } else { "Copy" }}
        </button>
    }
}

/// A moment, told by its distance from now: "in 5 minutes". `at` and `now` are seconds since the
/// epoch, `now` by the server's clock, so that both sides start with the same words.
#[island]
pub fn RelativeTime(at: u64, now: u64) -> impl IntoView {
    let (elapsed, set_elapsed) = signal(0);
    Effect::new(move |_| {
        let started = window().performance().map(|clock| clock.now());
        let tick = move || {
            let now = window().performance().map(|clock| clock.now());
            if let (Some(started), Some(now)) = (started, now) {
                // Milliseconds since the page was loaded: never negative, far below 2⁵³.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                set_elapsed.set(((now - started) / 1000.0) as u64);
            }
        };
        if let Ok(interval) = set_interval_with_handle(tick, TICK) {
            on_cleanup(move || interval.clear());
        }
    });
    move || in_words(at, now.saturating_add(elapsed.get()))
}

/// "in 5 minutes", "just now", "3 hours ago".
fn in_words(at: u64, now: u64) -> String {
    let distance = at.abs_diff(now);
    let (count, unit) = match distance {
        0..45 => return if at >= now { "in a moment" } else { "just now" }.to_owned(),
        45..3_570 => ((distance + 30) / 60, "minute"),
        3_570..84_600 => ((distance + 1_800) / 3_600, "hour"),
        _ => ((distance + 43_200) / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if at > now {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn distances_are_told_in_words() {
        for (at, words) in [
            (1_000_000, "in a moment"),
            (999_990, "just now"),
            (1_000_050, "in 1 minute"),
            (1_000_300, "in 5 minutes"),
            (1_003_569, "in 59 minutes"),
            (1_003_600, "in 1 hour"),
            (992_800, "2 hours ago"),
            (913_600, "1 day ago"),
        ] {
            assert_eq!(in_words(at, 1_000_000), words);
        }
    }
}
