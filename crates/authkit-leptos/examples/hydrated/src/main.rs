//! The server of the app: its pages, its files, and the login around them.
#![recursion_limit = "256"]

use authkit_leptos::server::{AuthKit, Config};
use axum::Router;
use hydrated::{App, Document};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};
use leptos_axum::{site_pkg_dir_service, site_pkg_dir_service_route_path};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = get_configuration(None)?.leptos_options;
    let addr = options.site_addr;
    let authkit = AuthKit::builder(Config::from_env()?)
        .development(
            format!("http://localhost:{}", addr.port()),
            authkit_emulator::for_app,
        )
        .sqlite_file("data/hydrated.db")
        .start()
        .await?;
    let document = |options: LeptosOptions| view! { <Document options /> };
    let page = {
        let options = options.clone();
        move || document(options.clone())
    };
    let pages = Router::new()
        .leptos_routes(&options, generate_route_list(App), page)
        .fallback(file_and_error_handler(document));
    // Script and WASM are the same for everybody: outside of the login.
    let files = site_pkg_dir_service_route_path(&options);
    let app = authkit
        .protect(pages.with_state(options.clone()))
        .route_service(&files, site_pkg_dir_service(&options));
    let listener = tokio::net::TcpListener::bind(addr).await?;
    axum::serve(listener, app).await?;
    authkit.finish().await;
    Ok(())
}
