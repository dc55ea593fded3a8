//! Whether scripts run: for what is of use only then.

use leptos::prelude::*;

/// Whether the island runs: false in the server's HTML, true in the browser.
///
/// ```
/// # use authkit_live::is_alive;
/// # use leptos::prelude::*;
/// #[island]
/// fn Print() -> impl IntoView {
///     let alive = is_alive();
///     view! { <button disabled=move || !alive.get()>"Print"</button> }
/// }
/// ```
#[must_use]
pub fn is_alive() -> ReadSignal<bool> {
    let (alive, set_alive) = signal(false);
    Effect::new(move |_| set_alive.set(true));
    alive
}
