//! Reloading a page that was rendered for somebody else.
//!
//! A cache in between could answer with the same page over and over, so a page that has just been
//! reloaded waits before it does it again. Remembers nothing beyond the page.

use super::stopwatch::milliseconds_since_load;
use leptos::{prelude::window, wasm_bindgen::JsCast};
use web_sys::{NavigationType, PerformanceNavigationTiming};

/// How long a page that came by a reload stays at least, in seconds.
const AT_LEAST: f64 = 5.0;

/// Reloads the page, or says in how many seconds that would be all right.
pub fn reload() -> Result<(), f64> {
    let early = AT_LEAST - milliseconds_since_load() / 1000.0;
    if early > 0.0 && came_by_reload() {
        return Err(early);
    }
    let _ = window().location().reload();
    Ok(())
}

fn came_by_reload() -> bool {
    window()
        .performance()
        .map(|performance| performance.get_entries_by_type("navigation").get(0))
        .and_then(|entry| entry.dyn_into::<PerformanceNavigationTiming>().ok())
        .is_some_and(|entry| entry.type_() == NavigationType::Reload)
}
