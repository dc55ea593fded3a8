//! The files of the built site, with their compressed versions and with how long browsers keep them.
//!
//! An app's router calls [`with_files`] last: files answer what no route does. Files are the same for every request; what
//! depends on a session is none of them.

use crate::site::Site;
use axum::{Router, body::Body};
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT_RANGES, CACHE_CONTROL, LAST_MODIFIED},
};
use std::{convert::Infallible, path::Path};
use tower::{Layer, Service, ServiceBuilder};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Where scripts, WASM and styles are: [`Site::PKG_DIR`] of the site.
pub const FILES: &str = "/pkg";

/// Serves the site's files where `routes` has nothing else, and calls `not_found` where there is no file either.
///
/// In a release build the names below [`FILES`] have a hash (`hashed_names`), and browsers keep them for ever; their answers
/// are without the headers that only a second request would need. Without a hash, files are being edited, and a browser must not reuse
/// an old one.
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
    let hashed = ServiceBuilder::new()
        .layer(caching(for_ever))
        .map_response(move |answer| match hashed_names {
            true => without_needless_headers(answer),
            false => answer,
        })
        .service(files(&root.join(Site::PKG_DIR)));
    let plain = files(root)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);
    routes
        .nest_service(FILES, hashed)
        .fallback_service(caching(for_an_hour).layer(plain))
}

/// A first visit pays for each header of a dozen files. A file that never changes has no date; its `ETag` is enough for a
/// browser that asks nevertheless, and ranges are answered without being offered (RFC 9110, section 14.3).
fn without_needless_headers<B>(mut answer: Response<B>) -> Response<B> {
    for name in [LAST_MODIFIED, ACCEPT_RANGES] {
        answer.headers_mut().remove(name);
    }
    answer
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::ETAG;
    use std::fs;
    use tower::{ServiceExt, service_fn};

    /// The answer for a file of the site, `hashed_names` or not.
    async fn answer(hashed_names: bool, if_none_match: Option<&HeaderValue>) -> Response<Body> {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join(Site::PKG_DIR)).unwrap();
        fs::write(site.path().join("pkg/app.css"), "body {}").unwrap();
        // The same date each time, for the same ETag.
        let file = fs::File::options()
            .write(true)
            .open(site.path().join("pkg/app.css"))
            .unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        let absent = service_fn(async |_| Ok(Response::new(Body::empty())));
        let app = with_files(Router::new(), site.path(), hashed_names, absent);
        let mut request = Request::get("/pkg/app.css");
        if let Some(etag) = if_none_match {
            request = request.header("if-none-match", etag);
        }
        app.oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_file_that_never_changes_comes_without_what_only_asking_again_needs() {
        let file = answer(true, None).await;
        assert_eq!(file.status(), StatusCode::OK);
        assert!(!file.headers().contains_key(LAST_MODIFIED), "{file:?}");
        assert!(!file.headers().contains_key(ACCEPT_RANGES), "{file:?}");
        let again = answer(true, file.headers().get(ETAG)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn a_file_that_is_being_edited_has_its_date() {
        let file = answer(false, None).await;
        assert!(file.headers().contains_key(LAST_MODIFIED), "{file:?}");
    }
}
