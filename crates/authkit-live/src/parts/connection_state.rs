//! The state of the connection as a page shows it.

use super::words;
use crate::{Connection, use_connection};
use leptos::prelude::*;

/// A word for [how current the page is](Connection), for everybody, screen readers included.
///
/// A `<p role="status">` of the classes `status small script`, for the app's stylesheet: `script` is what is of no use
/// without scripts and not shown then, and there is `good` beside them while the page is live, `warn` while it connects
/// again, and `bad` while it is offline.
///
/// ```
/// # use authkit_live::ConnectionState;
/// # use leptos::prelude::*;
/// #[island]
/// fn Heading() -> impl IntoView {
///     view! {
///         <h2>"Notes"</h2>
///         <ConnectionState />
///     }
/// }
/// ```
#[component]
pub fn ConnectionState() -> impl IntoView {
    let connection = use_connection();
    let class = move || match connection.get() {
        Connection::Connecting | Connection::EveryFewSeconds => "status small script",
        Connection::Live => "status small script good",
        Connection::Reconnecting => "status small script warn",
        Connection::Offline => "status small script bad",
    };
    let word = move || match connection.get() {
        Connection::Connecting => "Connecting",
        Connection::Live => "Live",
        Connection::EveryFewSeconds => "Every few seconds",
        Connection::Reconnecting => "Reconnecting",
        Connection::Offline => "Offline",
    };
    view! {
        <p class=class role="status">
            {words(word)}
        </p>
    }
}
