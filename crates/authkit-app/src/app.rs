//! [`App`]: what the process asks of the app that it serves.
//!
//! Implemented by an app, once. Has no state: what pages need comes to them through the context of their request.

use crate::{admit::OnSignIn, app_context::AppContext, pages::PageContext};
use authkit_leptos::server::{AuthKit, Protection};
use authkit_live::server::{Features, Store};
use axum::routing::MethodRouter;
use leptos::IntoView;
use leptos_axum::AxumRouteListing;
use sqlx::migrate::Migrator;

/// An app, as the process knows it: its files, tables, features, pages, and who may see what.
///
/// While a page is rendered, the parts of an [`AppContext`] are contexts of Leptos.
///
/// ```no_run
#[doc = include_str!("../examples/small.rs")]
/// ```
pub trait App: 'static {
    /// The name of script, WASM and stylesheet, the same for every build: `output-name` of cargo-leptos.
    const OUTPUT_NAME: &'static str;

    /// How the app's tables came to be what they are, oldest first: `&sqlx::migrate!()` of a `static`. The tables of
    /// authkit-users are among them.
    const MIGRATIONS: &'static Migrator;

    /// The features of the app: their queries and mutations, tables, and who may see their pages.
    fn features() -> &'static Features;

    /// Who may see what. Features add their own to it. What is not public needs a session: pages for strangers, and for
    /// server functions and live data that strangers may use, `/api/**` and
    /// [`STREAM`](authkit_live::STREAM).
    fn protection() -> Protection;

    /// The pages, collected once before serving; with those for developers, if `debug`.
    fn pages(debug: bool) -> Vec<AxumRouteListing>;

    /// The document with the app in it: what each of the [`pages`](Self::pages) is rendered by. It calls
    /// [`PageContext::set_content_security_policy`], without which a page may load nothing, and has
    /// [`PageContext::site_tags`] in its head.
    fn shell(context: PageContext) -> impl IntoView + 'static;

    /// The document for an address without a route, which everybody may see. Its status is 404.
    fn not_found(context: PageContext) -> impl IntoView + 'static;

    /// Routes beside the pages, with the same layers and protection: none, unless the app has some; with those for
    /// developers, if `debug`.
    fn routes(_debug: bool) -> Vec<AppRoute> {
        Vec::new()
    }

    /// The claims of the access token that pages may know, by name, for `use_token_claims`: none, unless the app names some.
    /// See [`Builder::publish_claims`](authkit_leptos::server::Builder::publish_claims).
    fn published_claims() -> &'static [&'static str] {
        &[]
    }

    /// Whether a user may sign in, asked of those whom `SIGN_IN_ALLOWED_DOMAINS` admits: everybody, unless the app has
    /// something to say.
    fn on_sign_in(_store: &Store) -> Option<OnSignIn> {
        None
    }

    /// The process is about to serve: an app may have it told of more, such as by
    /// [`AuthKit::on_refresh`], or begin work of its own. Does nothing unless the app does.
    fn on_start(_authkit: &AuthKit, _context: &AppContext) {}
}

/// A route of an app that is no page: a form's answer, or a file that is made for the caller.
pub struct AppRoute {
    pub(crate) path: &'static str,
    pub(crate) methods: Methods,
}

type Methods = Box<dyn FnOnce(&AppContext) -> MethodRouter<PageContext>>;

impl AppRoute {
    /// The methods at this path, made when the server starts. It may be the path of a page, whose methods are `GET` and
    /// `HEAD`. Where axum's `Router::route` would panic, the start does.
    ///
    /// ```
    /// use authkit_app::AppRoute;
    /// use axum::{http::StatusCode, routing::get};
    ///
    /// let users = AppRoute::new("/users.txt", |context| {
    ///     let store = context.store.clone();
    ///     get(async move || match store.read().await {
    ///         Ok(_connection) => Ok("No user yet"),
    ///         Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    ///     })
    /// });
    /// ```
    pub fn new(
        path: &'static str,
        methods: impl FnOnce(&AppContext) -> MethodRouter<PageContext> + 'static,
    ) -> Self {
        let methods = Box::new(methods);
        Self { path, methods }
    }
}
