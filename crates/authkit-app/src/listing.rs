//! [`listing`]: who may ask for which route of an app.
//!
//! Called when the router is made, and by the command `routes`. Asks the app, and decides nothing.

use crate::app::App;
use authkit_leptos::server::{Listing, ProtectionError, route_paths};
use authkit_live::STREAM;
use leptos_axum::AxumRouteListing;

/// What the app's protection means for each of its routes, in order: for `authkit routes`, and for pages that show it.
/// `redirect_path` is the path of the redirect URI, and `pages` are the app's.
///
/// # Errors
/// [`ProtectionError`] when a pattern of the protection is none.
pub fn listing<A: App>(
    redirect_path: &str,
    pages: &[AxumRouteListing],
) -> Result<Listing, ProtectionError> {
    let api = A::features().api().map(str::to_owned);
    let routes = route_paths(pages).chain(api).chain([STREAM.to_owned()]);
    A::protection().list(redirect_path, routes)
}
