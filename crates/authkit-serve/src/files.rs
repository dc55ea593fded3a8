//! The files of the built site, with their compressed versions and with how long browsers keep them.
//!
//! An app's router calls [`with_files`] last: files answer what no route does. Files are the same for every request; what
//! depends on a session is none of them.

use crate::site::Site;
use axum::{Router, body::Body};
use http::{HeaderValue, Request, Response, StatusCode, header::CACHE_CONTROL};
use std::{convert::Infallible, path::Path};
use tower::{Layer, Service};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Where scripts, WASM and styles are: [`Site::PKG_DIR`] of the site.
pub const FILES: &str = "/pkg";

/// Serves the site's files where `routes` has nothing else, and calls `not_found` where there is no file either.
///
/// In a release build the names below [`FILES`] have a hash (`hashed_names`), and browsers keep them for ever. Without a
/// hash, files are being edited, and a browser must not reuse an old one.
pub fn with_files<S>(routes: Router, root: &Path, hashed_names: bool, not_found: S) -> Router
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let files = |dir: &Path| ServeDir::new(dir).precompressed_br().precompressed_gzip();
    let (for_ever, for_an_hour) = match hashed_names {
        true => (
            "public, max-age=31536000, immutable",
            "public, max-age=3600",
        ),
        false => ("no-cache", "no-cache"),
    };
    let hashed = caching(for_ever).layer(files(&root.join(Site::PKG_DIR)));
    let plain = files(root)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);
    routes
        .nest_service(FILES, hashed)
        .fallback_service(caching(for_an_hour).layer(plain))
}

/// Cache headers of files. Other answers, such as 404, are not cached.
fn caching<B>(
    value: &'static str,
) -> SetResponseHeaderLayer<impl Fn(&Response<B>) -> Option<HeaderValue> + Clone> {
    SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, move |response: &Response<B>| {
        let is_file =
            response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        Some(HeaderValue::from_static(if is_file {
            value
        } else {
            "no-store"
        }))
    })
}
