//! The server of the app: its pages, its files, its live queries, and the login around them.
#![recursion_limit = "256"]

use any_spawner::Executor;
use authkit_leptos::{
    WatchScripts,
    server::{AuthKit, Config},
};
use authkit_live::server::{Live, Store};
use axum::{
    Router,
    routing::{get, post},
};
use leptos::prelude::*;
use leptos_axum::{
    render_app_async_with_context, site_pkg_dir_service, site_pkg_dir_service_route_path,
};
use notes::notes::{CountNotes, FirstNotes, ListNotes, page, write};
use std::path::Path;

const DATABASE: &str = "data/notes.db";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Executor::init_tokio()?;
    let options = get_configuration(None)?.leptos_options;
    let addr = options.site_addr;
    let authkit = AuthKit::builder(Config::from_env()?)
        .development(
            format!("http://localhost:{}", addr.port()),
            authkit_emulator::for_app,
        )
        .sqlite_file(DATABASE)
        .start()
        .await?;
    let store = Store::sqlite(Path::new(DATABASE)).await?;
    store.migrate(&sqlx::migrate!("./migrations")).await?;
    let live = Live::builder(store)
        .query::<ListNotes>()
        .query::<CountNotes>()
        .query::<FirstNotes>()
        .start();
    let context = {
        let live = live.clone();
        move || provide_context(live.clone())
    };
    let (list, all) = (
        document(&options, page::list),
        document(&options, page::all),
    );
    let pages = Router::new()
        .route(
            "/",
            get(render_app_async_with_context(context.clone(), list)),
        )
        .route("/all", get(render_app_async_with_context(context, all)))
        .route("/add", post(write::add))
        .with_state(live.clone())
        .merge(live.routes())
        .merge(authkit.routes());
    // Script and WASM are the same for everybody: outside of the login.
    let files = site_pkg_dir_service_route_path(&options);
    let app = authkit
        .protect(pages)
        .route_service(&files, site_pkg_dir_service(&options));
    let listener = tokio::net::TcpListener::bind(addr).await?;
    axum::serve(listener, app).await?;
    authkit.finish().await;
    Ok(())
}

/// A page in its document.
fn document<V: IntoView + 'static>(
    options: &LeptosOptions,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> impl Fn() -> AnyView + Clone + Send + Sync + 'static {
    let options = options.clone();
    move || {
        let options = options.clone();
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>"Notes"</title>
                    <link rel="icon" href="data:," />
                    <WatchScripts />
                    <AutoReload options=options.clone() />
                    <HydrationScripts options islands=true />
                </head>
                <body>
                    <main>{page()}</main>
                </body>
            </html>
        }
        .into_any()
    }
}
