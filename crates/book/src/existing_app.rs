//! What README.md adds to an app that is there already: around its routes, around its pages, and where it asks who is
//! there.
//!
//! `tests/excerpts.rs` holds README.md against it. Is never run.

// README.md shows it, and says what it does.
#![allow(missing_docs)]

use authkit_leptos::{
    AuthError,
    server::{
        self, Allowed, AuthKit, Config, CurrentUser,
        guard::{self, HasRole},
    },
    slug,
};
use axum::Router;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::error::Error;
use tokio::net::TcpListener;

pub async fn serve(options: LeptosOptions, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let shell = App;
    let builder = AuthKit::builder(Config::from_env()?).sqlite_file("data/app.db");
    // Without a WORKOS variable, an AuthKit of this machine. A release build refuses to start instead.
    #[cfg(debug_assertions)]
    let builder = builder.development("http://localhost:3000", authkit_emulator::for_app);
    let authkit = builder.start().await?;

    let pages = Router::new().leptos_routes(&options, generate_route_list(App), shell);
    let app = authkit.protect(pages.with_state(options));
    axum::serve(listener, app).await?;
    authkit.finish().await;
    Ok(())
}

#[component]
pub fn App() -> impl IntoView {
    use authkit_leptos::{
        AuthProvider, Authenticated, SignInLink, SignOutForm, Unauthenticated, auth_state,
    };

    view! {
        <AuthProvider initial=auth_state()>
            <Authenticated>
                <SignOutForm><button>"Sign out"</button></SignOutForm>
            </Authenticated>
            <Unauthenticated>
                <SignInLink>"Sign in"</SignInLink>
            </Unauthenticated>
        </AuthProvider>
    }
}

slug!(pub Admin = "admin");
pub type Admins = HasRole<Admin>;

#[server]
pub async fn close_the_books() -> Result<String, AuthError> {
    let user = server::require_user()?.user;
    let admin = guard::require::<Admins>()?;
    Ok(format!("{} of {}", admin.subject, user.email))
}

pub async fn account(CurrentUser(identity): CurrentUser) -> String {
    identity.user.display_name()
}

#[component]
pub fn Menu() -> impl IntoView {
    view! { <Allowed<Admins>><a href="/admin">"Administration"</a></Allowed<Admins>> }
}
