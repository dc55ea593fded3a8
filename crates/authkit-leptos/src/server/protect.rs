//! [`AuthKit::protect`]: all that a login needs around an app's routes, and [`AuthKit::routes`], the login's own routes
//! for apps that do not serve Leptos pages.
//!
//! Called once, by the app's `main`. Decides nothing about a request: the layers do.

use super::{
    AuthKit, Config, SameOriginLayer, config::RedirectUri, plain_pages, same_origin_layer,
};
use crate::functions::{
    Callback, ContinueSignIn, GetAccessToken, Session, SignIn, SignOut, SignUp,
    SwitchToOrganization,
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodRouter, get, post},
};
use http_body_util::Limited;
use leptos::server_fn::ServerFn;
use leptos_axum::handle_server_fns;
use tower::{Layer, util::MapRequestLayer};
use tower_http::csrf::ConfigError;

/// The longest body of a request to the login, in bytes: forms are small.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What stands between the world and an app's routes.
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
}

impl AuthKit {
    /// The app with a login around it: [`layer`](Self::layer), which knows who asks; a refusal of what other sites
    /// post; the callback at the path of `WORKOS_REDIRECT_URI`; [`webhooks`](Self::webhooks) and
    /// [`published_keys`](Self::published_keys); and plain pages at `/signed-out`, `/sign-in-failed` and
    /// `/confirm-sign-in`, where the app has none of its own. Everything that `app` answers by now is inside, its
    /// fallback too; what is added to the router afterwards is outside, and nobody is signed in there.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::{Router, routing::get};
    /// # fn body(authkit: AuthKit) {
    /// let app: Router = Router::new().route("/", get(|| async { "Hello" }));
    /// let app = authkit.protect(app);
    /// # }
    /// ```
    pub fn protect(&self, app: Router) -> Router {
        let app = app
            .layer(from_fn(plain_pages::where_there_are_none))
            .layer(self.layer())
            .layer(self.inner.border.same_origin.clone())
            .layer(from_fn(limit_bodies));
        // The app last: of two routers without a fallback of their own, axum takes the default one of the second, and the
        // app's has the layers around it.
        let app = self.webhooks().merge(self.published_keys()).merge(app);
        self.callback_at_redirect_uri(app)
    }

    /// Answers at the path of the redirect URI what [`CALLBACK`](crate::paths::CALLBACK) answers. Put it around all
    /// routes: inside of them a request has its handler already. [`protect`](Self::protect) does.
    pub fn callback_at_redirect_uri(&self, app: Router) -> Router {
        let redirect_uri = self.inner.border.redirect_uri.clone();
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

    /// The routes of the login: sign-in, sign-up, callback, sign-out and what open pages ask. For an app without Leptos
    /// pages, which has them from `leptos_routes` otherwise. Merge them before [`protect`](Self::protect).
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        LOGIN.iter().fold(Router::new(), |router, (path, is_form)| {
            let answer: MethodRouter<S> = match is_form {
                true => post(handle_server_fns),
                false => get(handle_server_fns),
            };
            router.route(path, answer)
        })
    }
}

/// The server functions of the login, and whether they are posted to.
const LOGIN: [(&str, bool); 8] = [
    (SignIn::PATH, false),
    (SignUp::PATH, false),
    (Callback::PATH, false),
    (Session::PATH, false),
    (ContinueSignIn::PATH, true),
    (SignOut::PATH, true),
    (GetAccessToken::PATH, true),
    (SwitchToOrganization::PATH, true),
];

async fn limit_bodies(request: Request, next: Next) -> Response {
    let is_ours = LOGIN.iter().any(|(path, _)| *path == request.uri().path());
    next.run(match is_ours {
        true => request.map(|body| Body::new(Limited::new(body, MAX_BODY_BYTES))),
        false => request,
    })
    .await
}
