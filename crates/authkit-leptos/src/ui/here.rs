//! [`here`]: the page that a link or form stands on, as the path to come back to.
//!
//! Called by what leads away from a page. The server takes the path from the request, the browser from `leptos_router`,
//! which knows it before the address bar does, or else from the address bar.

use crate::paths::ReturnTo;
use leptos::prelude::*;

/// The page this is rendered for. What comes after `#` is known in the browser only.
pub(super) fn here() -> ReturnTo {
    let (page, hash) = found();
    ReturnTo::parse(&format!("{page}{hash}")).unwrap_or_else(|| ReturnTo::or_home(Some(&page)))
}

/// Path and query, and what comes after them. A page that is shown instead of another stands at that one's address.
#[cfg(feature = "ssr")]
fn found() -> (String, String) {
    use axum::extract::OriginalUri;
    let page = with_context::<axum::http::request::Parts, _>(|parts| {
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |OriginalUri(uri)| uri);
        uri.path_and_query().map(ToString::to_string)
    });
    (page.flatten().unwrap_or_default(), String::new())
}

/// Path and query, and what comes after them.
#[cfg(not(feature = "ssr"))]
fn found() -> (String, String) {
    #[cfg(feature = "router")]
    if let Some(page) = routed() {
        return page;
    }
    let location = window().location();
    let part = |part: Result<String, _>| part.unwrap_or_default();
    (
        part(location.pathname()) + &part(location.search()),
        part(location.hash()),
    )
}

/// The page that the router around this shows, followed as it changes.
#[cfg(all(feature = "router", not(feature = "ssr")))]
fn routed() -> Option<(String, String)> {
    use leptos_router::location::{BrowserUrl, LocationProvider};
    let router = use_context::<BrowserUrl>()?;
    Some(router.as_url().with(|url| {
        let page = match url.search() {
            "" => url.path().to_owned(),
            query => format!("{}?{query}", url.path()),
        };
        (page, url.hash().to_owned())
    }))
}

/// An attribute that says where its element stands: a value, but for a browser in which the page changes by client-side
/// routing.
#[cfg(not(all(feature = "router", not(feature = "ssr"))))]
pub(super) fn following<T>(attribute: impl Fn() -> T) -> T {
    attribute()
}

/// An attribute that says where its element stands, and follows client-side routing.
#[cfg(all(feature = "router", not(feature = "ssr")))]
pub(super) fn following<T>(attribute: impl Fn() -> T) -> impl Fn() -> T {
    attribute
}
