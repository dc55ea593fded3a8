//! [`App`]: what the process asks of the app that it serves.
//!
//! Implemented by an app, once. Has no state: what pages need comes to them through the context of their request.

use crate::{admit::OnSignIn, pages::PageContext};
use authkit_leptos::server::Protection;
use authkit_live::server::{Features, Store};
use axum::routing::MethodRouter;
use leptos::IntoView;
use leptos_axum::AxumRouteListing;
use sqlx::migrate::Migrator;

/// An app, as the process knows it: its files, tables, features, pages, and who may see what.
///
/// While a page is rendered, its context has the [`PageContext`], the
/// [`Live`](authkit_live::server::Live) of the process, its [`AuditLog`](authkit_audit::AuditLog), and an `Arc` of the
/// [`Listing`](authkit_leptos::server::Listing) of all routes.
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

    /// Who may see what. Features add their own to it.
    fn protection() -> Protection;

    /// The pages, collected once before serving; with those for developers, if `debug`.
    fn pages(debug: bool) -> Vec<AxumRouteListing>;

    /// The document with the app in it: what each of the [`pages`](Self::pages) is rendered by.
    fn shell(context: PageContext) -> impl IntoView + 'static;

    /// The document for an address without a route, which everybody may see.
    fn not_found(context: PageContext) -> impl IntoView + 'static;

    /// Routes beside the pages, with the same layers and protection: none, unless the app has some.
    fn routes(_debug: bool) -> Vec<AppRoute> {
        Vec::new()
    }

    /// Whether a user may sign in, asked of those whom `SIGN_IN_ALLOWED_DOMAINS` admits: everybody, unless the app has
    /// something to say.
    fn on_sign_in(_store: &Store) -> Option<OnSignIn> {
        None
    }
}

/// A route of an app that is no page: a form's answer, or a file that is made for who asks.
pub struct AppRoute {
    pub(crate) path: &'static str,
    pub(crate) methods: Methods,
}

type Methods = Box<dyn FnOnce(&PageContext) -> MethodRouter<PageContext>>;

impl AppRoute {
    /// The methods at this path, made when the server starts. It may be the path of a page, whose methods are `GET` and
    /// `HEAD`.
    ///
    /// ```
    /// use authkit_app::AppRoute;
    /// use axum::routing::post;
    /// let answers = AppRoute::new("/answers", |_context| post(async || "Thank you."));
    /// ```
    pub fn new(
        path: &'static str,
        methods: impl FnOnce(&PageContext) -> MethodRouter<PageContext> + 'static,
    ) -> Self {
        let methods = Box::new(methods);
        Self { path, methods }
    }
}
