//! Who may ask for which route of an app: what it says itself, and what its features add.
//!
//! Asked for when the login and the router are made, and by the command `routes`. Decides nothing.

use crate::app::{App, AppRoute};
use authkit_leptos::server::{Listing, Protection, ProtectionError, route_paths};
use authkit_live::STREAM;
use leptos_axum::AxumRouteListing;

/// The protection of an app with that of its features.
pub fn protection<A: App>() -> Protection {
    A::features().protect(A::protection())
}

/// What that means for each route of an app, in order. `redirect_path` is the path of the redirect URI; `pages` and `own`
/// routes are the app's.
///
/// # Errors
/// [`ProtectionError`] when a pattern of the protection is none.
pub fn listing<A: App>(
    redirect_path: &str,
    pages: &[AxumRouteListing],
    own: &[AppRoute],
) -> Result<Listing, ProtectionError> {
    let mut beside_pages: Vec<&str> = own.iter().map(|it| it.path).collect();
    beside_pages.retain(|path| pages.iter().all(|page| page.path() != *path));
    beside_pages.sort_unstable();
    beside_pages.dedup();
    let api = A::features().api();
    let routes = route_paths(pages)
        .chain(api.map(str::to_owned))
        .chain(beside_pages.into_iter().map(str::to_owned))
        .chain([STREAM.to_owned()]);
    protection::<A>().list(redirect_path, routes)
}
