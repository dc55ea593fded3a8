//! [`App`]: what the process asks of the app that it serves.
//!
//! Implemented by an app, once. Has no state: what pages need comes to them through the context of their request.

use crate::pages::PageContext;
use authkit_leptos::server::{Builder, Protection};
use authkit_live::server::{Features, Store};
use axum::Router;
use leptos::IntoView;
use leptos_axum::AxumRouteListing;
use sqlx::migrate::Migrator;

/// An app, as the process knows it: its files, tables, features, pages, and who may see what.
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

    /// Who may see what.
    fn protection() -> Protection;

    /// The pages, collected once before serving; with those for developers, if `debug`.
    fn pages(debug: bool) -> Vec<AxumRouteListing>;

    /// The document with the app in it: what each of the [`pages`](Self::pages) is rendered by.
    fn shell(context: PageContext) -> impl IntoView + 'static;

    /// The document for an address without a route, which everybody may see.
    fn not_found(context: PageContext) -> impl IntoView + 'static;

    /// Routes beside the pages, with the same layers: none, unless the app has some.
    fn routes(_context: &PageContext) -> Router<PageContext> {
        Router::new()
    }

    /// Adds what the app wants of the login, such as hooks, to what the process has set up: nothing, unless the app does.
    fn login(builder: Builder, _store: &Store) -> Builder {
        builder
    }
}
