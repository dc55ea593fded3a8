//! A fully hydrated app with a login: rendered on the server, and from then on its pages change in the browser.
#![recursion_limit = "256"]

use authkit_leptos::{
    AuthError, AuthLoading, AuthProvider, Authenticated, Protected, SignInLink, SignOutForm,
    Unauthenticated, WatchScripts, auth_state,
};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{A, Route, Router, Routes},
    path,
};

/// The document, which only the server makes.
#[component]
pub fn Document(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Hydrated"</title>
                <link rel="icon" href="data:," />
                <WatchScripts />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The provider stays while the router changes the page.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <AuthProvider initial=auth_state()>
            <Router>
                <nav>
                    <A href="/">"Home"</A> " " <A href="/account">"Account"</A> " "
                    <Authenticated><SignOutForm><button>"Sign out"</button></SignOutForm></Authenticated>
                    <Unauthenticated><SignInLink>"Sign in"</SignInLink></Unauthenticated>
                    <AuthLoading>"Your session can’t be checked right now."</AuthLoading>
                </nav>
                <main>
                    <Routes fallback=|| "There is no such page.">
                        <Route path=path!("/") view=Home />
                        // Whole, as it is without JavaScript.
                        <Route path=path!("/account") view=Account ssr=SsrMode::Async />
                    </Routes>
                </main>
            </Router>
        </AuthProvider>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! { <h1>"Home"</h1> }
}

/// Signed out, its link in the navigation leads to the sign-in and from there to it.
#[component]
fn Account() -> impl IntoView {
    view! {
        <Protected let:identity>
            <h1>{identity.user.display_name()}</h1>
            <Secret />
        </Protected>
    }
}

#[component]
fn Secret() -> impl IntoView {
    let secret = Resource::new(|| (), |()| secret());
    view! {
        <Suspense fallback=|| view! { <p>"…"</p> }>
            <p>{move || Suspend::new(async move { secret.await.unwrap_or_else(|error| error.to_string()) })}</p>
        </Suspense>
    }
}

/// What is secret stays on the server until a user asks for it: a component decides only what is shown.
#[server]
async fn secret() -> Result<String, AuthError> {
    let user = authkit_leptos::server::require_user()?.user;
    Ok(format!("Only you know this, {}.", user.greeting_name()))
}

/// Brings the page to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    authkit_leptos::scripts_run();
    leptos::mount::hydrate_body(App);
}
