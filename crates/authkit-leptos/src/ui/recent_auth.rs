//! [`use_recent_auth`] and [`reauthenticate`]: what a page knows of how long ago its user signed in, and the way to do it
//! again.
//!
//! For show: server functions check by themselves. The time is the server's.

use super::{here::here, provider::use_auth};
use crate::{paths::to_sign_in_again, recent_auth::RecentAuth};
use leptos::prelude::*;

/// Whether the user has signed in within the last `max_age` seconds, which turns stale while the page is open.
///
/// ```
/// # use authkit_leptos::{SignInLink, use_recent_auth};
/// # use leptos::prelude::*;
/// #[island]
/// fn DeleteAccount() -> impl IntoView {
///     let recent = use_recent_auth(300);
///     view! {
///         <Show
///             when=move || !recent.get().is_stale
///             fallback=|| view! { <SignInLink max_age=300>"Confirm that it is you"</SignInLink> }
///         >
///             <form method="post" action="/api/delete_account"><button>"Delete my account"</button></form>
///         </Show>
///     }
/// }
/// ```
#[must_use]
pub fn use_recent_auth(max_age: u64) -> Signal<RecentAuth> {
    let auth = use_auth();
    let authenticated_at =
        Memo::new(move |_| auth.with(|state| state.identity().and_then(|it| it.authenticated_at)));
    let (stale_now, turn_stale) = signal(());
    #[cfg(feature = "hydrate")]
    turn_stale_in_time(authenticated_at, max_age, turn_stale);
    #[cfg(not(feature = "hydrate"))]
    let _ = turn_stale;
    Signal::derive(move || {
        stale_now.track();
        RecentAuth::of(authenticated_at.get(), max_age, server_time())
    })
}

/// Sends the browser to sign in again, and back to the page it shows. What `use_recent_auth` is stale for.
///
/// ```
/// # use authkit_leptos::{AuthError, reauthenticate};
/// # use leptos::{prelude::*, task::spawn_local};
/// # #[server] async fn delete_everything() -> Result<(), AuthError> { Ok(()) }
/// #[island]
/// fn DeleteEverything() -> impl IntoView {
///     let delete = move |_| {
///         spawn_local(async {
///             if let Err(AuthError::SignInTooOld { max_age }) = delete_everything().await {
///                 reauthenticate(max_age);
///             }
///         });
///     };
///     view! { <button on:click=delete>"Delete everything"</button> }
/// }
/// ```
pub fn reauthenticate(max_age: u64) {
    let sign_in = to_sign_in_again(&untrack(here), max_age);
    #[cfg(feature = "hydrate")]
    {
        let _ = window().location().set_href(&sign_in);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = sign_in;
}

/// In whole seconds since the epoch.
fn server_time() -> u64 {
    #[cfg(feature = "ssr")]
    let now = crate::server::page_time();
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now = crate::browser::Page::current().map_or(u64::MAX, |page| page.server_time() as u64);
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    let now = u64::MAX;
    now
}

/// Notifies readers after hydration, and again in the second in which the sign-in becomes too old.
#[cfg(feature = "hydrate")]
fn turn_stale_in_time(
    authenticated_at: Memo<Option<u64>>,
    max_age: u64,
    turn_stale: WriteSignal<()>,
) {
    use crate::browser::Timer;
    let timer = StoredValue::new_local(Timer::default());
    Effect::new(move |_| {
        turn_stale.set(());
        let Some(at) = authenticated_at.get() else {
            return;
        };
        let until = at.saturating_add(max_age).saturating_add(1);
        let left = until.saturating_sub(server_time());
        // A day is more than any page needs, and timers know no more than 24 of them.
        if left > 0 && left < 86_400 {
            #[allow(clippy::cast_precision_loss)]
            timer.with_value(|timer| timer.set(left as f64, move || turn_stale.set(())));
        }
    });
}
