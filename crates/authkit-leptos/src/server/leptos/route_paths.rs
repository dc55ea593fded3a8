//! [`route_paths`]: the routes of an app of Leptos, as [`Protection::list`](crate::server::Protection::list) takes them.
//!
//! Called by apps that say who may ask for what.

use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::AxumRouteListing;
use std::collections::BTreeSet;

/// The paths of these pages, and of all server functions by name.
///
/// ```
/// use authkit_leptos::server::{Listing, Protection, ProtectionError, route_paths};
/// use leptos_axum::AxumRouteListing;
///
/// fn listing(pages: &[AxumRouteListing]) -> Result<Listing, ProtectionError> {
///     let protection = Protection::new().unauthenticated_paths(["/"]);
///     // And what axum serves besides.
///     let routes = route_paths(pages).chain(["/report.pdf".to_owned()]);
///     protection.list("/callback", routes)
/// }
/// # assert!(listing(&[]).unwrap().routes.iter().any(|it| it.route == "/report.pdf"));
/// ```
pub fn route_paths(pages: &[AxumRouteListing]) -> impl Iterator<Item = String> {
    let pages = pages.iter().map(|page| page.path().to_owned());
    let functions: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    pages.chain(functions)
}
