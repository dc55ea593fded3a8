//! A whole app with a login, rendered on the server: `cargo run -p authkit-leptos --example minimal --features ssr`.
#![recursion_limit = "256"]

use authkit_leptos::server::{AuthKit, Config, page_user};
use authkit_leptos::{AuthProvider, Authenticated, Refused, SignInLink, SignOutForm};
use authkit_leptos::{Unauthenticated, auth_state};
use leptos::{either::Either, prelude::*};
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

fn page() -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en"><head><title>"Minimal"</title><link rel="icon" href="data:,"/></head><body>
            <AuthProvider initial=auth_state()><Router>
                <Routes fallback=|| "There is no such page.">
                    <Route path=path!("/") view=home />
                    <Route path=path!("/account") view=account />
                </Routes>
            </Router></AuthProvider>
        </body></html>
    }
}

fn home() -> impl IntoView {
    view! {
        <h1>"Hello"</h1>
        <Authenticated>
            <a href="/account">"Your account"</a> <SignOutForm><button>"Sign out"</button></SignOutForm>
        </Authenticated>
        <Unauthenticated><SignInLink>"Sign in"</SignInLink></Unauthenticated>
    }
}

fn account() -> impl IntoView {
    match page_user() {
        Ok(identity) => Either::Left(view! { <h1>{identity.user.display_name()}</h1> }),
        Err(error) => Either::Right(view! { <Refused error /> }),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or("3000".to_owned());
    let origin = format!("http://localhost:{port}");
    let authkit = AuthKit::builder(Config::from_env()?)
        .development(origin, authkit_emulator::for_app)
        .sqlite_file("data/minimal.db")
        .start()
        .await?;
    let options = LeptosOptions::builder().output_name("minimal").build();
    let pages = axum::Router::new().leptos_routes(&options, generate_route_list(page), page);
    let app = authkit.protect(pages.with_state(options));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    authkit.finish().await;
    Ok(())
}
