//! [`Border`]: what stands between the world and an app's routes, and around the login's own.
//!
//! Put around an app by [`AuthKit::protect`](super::AuthKit::protect). Decides nothing about a request: the layers do.

use super::{
    config::{Config, RedirectUri},
    layer::AuthLayer,
    origin::{SameOriginLayer, same_origin_layer},
    plain_pages,
    routes::PATHS,
};
use axum::{Router, body::Body, extract::Request};
use http_body_util::Limited;
use tower::{Layer, util::MapRequestLayer};
use tower_http::csrf::ConfigError;

/// The longest body of a request to the login, in bytes: forms are small.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Whether the app's own pages are shown at addresses of other pages. Not those of an app that is hydrated as a whole: its
/// router in the browser would show the page of the address.
const SHOWS_ITS_OWN_PAGES: bool = cfg!(any(not(feature = "leptos"), feature = "islands"));

/// What is put around an app's routes.
pub(super) struct Border {
    redirect_uri: RedirectUri,
    origin: String,
    same_origin: SameOriginLayer,
}

impl Border {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            redirect_uri: config.redirect_uri.clone(),
            origin: config.redirect_uri.origin(),
            same_origin: same_origin_layer(config)?,
        })
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The app inside of all layers, with its own pages for who is turned away, and `outside` of them what is not for browsers.
    pub(super) fn around(&self, app: Router, layer: AuthLayer, outside: Router) -> Router {
        let layer = match SHOWS_ITS_OWN_PAGES {
            true => layer.pages(app.clone()),
            false => layer,
        };
        let app = plain_pages::around(app)
            .layer(layer)
            .layer(self.same_origin.clone())
            .layer(MapRequestLayer::new(limit_bodies));
        // The app last: of two routers without a fallback of their own, axum takes the default one of the second, and the
        // app's has the layers around it.
        self.callback_at_redirect_uri(outside.merge(app))
    }

    pub(super) fn callback_at_redirect_uri(&self, app: Router) -> Router {
        let redirect_uri = self.redirect_uri.clone();
        if redirect_uri.path() == crate::paths::CALLBACK {
            return app;
        }
        let lead = move |mut request: Request| {
            if let Some(callback) = redirect_uri.callback(request.uri()) {
                *request.uri_mut() = callback;
            }
            request
        };
        Router::new().fallback_service(MapRequestLayer::new(lead).layer(app))
    }
}

fn limit_bodies(request: Request) -> Request {
    match PATHS.contains(&request.uri().path()) {
        true => request.map(|body| Body::new(Limited::new(body, MAX_BODY_BYTES))),
        false => request,
    }
}
