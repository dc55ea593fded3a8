//! A login for an axum app that has no Leptos pages: `cargo run -p authkit-leptos --example axum --features axum`.

use authkit_leptos::server::{AuthKit, Config, CurrentUser, MaybeUser};
use axum::{Router, response::Html, routing::get};

async fn home(MaybeUser(user): MaybeUser) -> Html<&'static str> {
    Html(match user {
        Some(_) => {
            r#"<!DOCTYPE html><html lang="en"><title>Hello</title><link rel="icon" href="data:,"><h1>Hello</h1>
            <a href="/account">Your account</a> <form method="post" action="/sign-out"><button>Sign out</button></form>"#
        }
        None => {
            r#"<!DOCTYPE html><html lang="en"><title>Hello</title><link rel="icon" href="data:,"><h1>Hello</h1><a href="/sign-in">Sign in</a>"#
        }
    })
}

/// A request without a session is answered with 401.
async fn account(CurrentUser(identity): CurrentUser) -> String {
    identity.user.display_name()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or("3000".to_owned());
    let origin = format!("http://localhost:{port}");
    let authkit = AuthKit::builder(Config::from_env()?)
        .development(origin, authkit_emulator::for_app)
        .sqlite_file("data/axum.db")
        .start()
        .await?;
    let pages = Router::new()
        .route("/", get(home))
        .route("/account", get(account))
        .merge(authkit.routes());
    let app = authkit.protect(pages);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    authkit.finish().await;
    Ok(())
}
