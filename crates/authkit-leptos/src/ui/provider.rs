//! [`AuthProvider`] carries the server's answer into the browser; [`use_auth`] and its siblings read
//! it, and follow it there.

use super::token::AccessTokenHandle;
use crate::auth::AuthState;
#[cfg(feature = "hydrate")]
use crate::browser::Page;
use leptos::prelude::*;
#[cfg(not(feature = "islands"))]
use serde::{Serialize, de::DeserializeOwned};

/// The state in context; a type of its own, so that nobody else's signal is taken for it.
#[derive(Clone, Copy)]
struct AuthContext {
    state: ReadSignal<AuthState>,
    ended: ReadSignal<bool>,
}

impl AuthContext {
    /// The context of the current component, ready for hydration.
    fn here() -> Option<Self> {
        let context: Self = use_context()?;
        #[cfg(feature = "hydrate")]
        Page::look_as_rendered();
        Some(context)
    }
}

/// Gives everything inside the answer the server found, on both sides: put it around the page, and around the router.
///
/// An app with islands switches on the feature `islands`: the provider is one then. In a fully hydrated app it stays as
/// it is while client-side routing changes the page.
///
/// In the browser it keeps the page true to the session: it asks the server when the page wakes up,
/// comes back online or hears from another tab. A session that ends shows in [`use_session_ended`];
/// when somebody else is signed in, the page is loaded anew.
///
/// `initial` becomes part of the HTML. It holds an identity and no token.
#[component]
pub fn AuthProvider(
    /// [`auth_state()`].
    initial: AuthState,
    children: Children,
) -> impl IntoView {
    #[cfg(all(feature = "ssr", not(feature = "islands")))]
    report_islands();
    let expires_in = carried(|| expires_in(&initial));
    view! { <AuthPage initial=Initial(initial) expires_in>{children()}</AuthPage> }
}

/// The server's answer, in the page.
struct Initial(AuthState);

#[cfg(feature = "islands")]
impl<'de> serde::Deserialize<'de> for Initial {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AuthState::deserialize(deserializer).map(Self)
    }
}

/// Only the server writes props, but islands are compiled to write theirs in the browser too: without what an identity
/// is written by.
#[cfg(feature = "islands")]
impl serde::Serialize for Initial {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "hydrate")]
        return serializer.serialize_unit();
        #[cfg(not(feature = "hydrate"))]
        self.0.serialize(serializer)
    }
}

/// `expires_in`: for how many seconds the token that vouches for `initial` is good.
#[cfg_attr(feature = "islands", island)]
#[cfg_attr(not(feature = "islands"), component)]
fn AuthPage(initial: Initial, expires_in: u64, children: Children) -> impl IntoView {
    let Initial(initial) = initial;
    #[cfg(feature = "hydrate")]
    let rendered = initial.clone();
    let (state, set_state) = signal(initial);
    let (ended, set_ended) = signal(false);
    provide_context(AuthContext { state, ended });
    #[cfg(feature = "hydrate")]
    Page::open(rendered, expires_in, set_state, set_ended);
    #[cfg(not(feature = "hydrate"))]
    let _ = (set_state, set_ended, expires_in);
    children()
}

/// What a provider does for what is inside of it, without its browser part.
#[cfg(all(test, feature = "ssr"))]
pub(super) fn provide_state(state: AuthState) {
    let (state, ended) = (signal(state).0, signal(false).0);
    provide_context(AuthContext { state, ended });
}

/// Who is signed in, here and now.
///
/// Known from the first render on: on the server from the request, in the browser from
/// [`AuthProvider`]. Outside of a provider an island knows nothing and says signed out.
///
/// ```
/// # use authkit_leptos::use_auth;
/// # use leptos::prelude::*;
/// fn greeting() -> impl IntoView {
///     let auth = use_auth();
///     move || auth.with(|state| state.identity().map(|it| format!("Hello, {}", it.user.greeting_name())))
/// }
/// ```
#[must_use]
pub fn use_auth() -> ReadSignal<AuthState> {
    match AuthContext::here() {
        Some(AuthContext { state, .. }) => state,
        None => signal(carried(found)).0,
    }
}

/// Whether the session this page was made for is over: signed out here, in another tab or anywhere.
///
/// Never true on the server, nor on a page that was made for somebody signed out. What is on the
/// screen then is nobody's business any more: cover it, and offer to sign in again.
///
/// ```
/// # use authkit_leptos::{SignInLink, use_session_ended};
/// # use leptos::prelude::*;
/// #[island]
/// fn SessionEnded() -> impl IntoView {
///     let ended = use_session_ended();
///     view! {
///         <Show when=move || ended.get()>
///             <p role="alert">"Your session has ended. " <SignInLink>"Sign in again"</SignInLink></p>
///         </Show>
///     }
/// }
/// ```
#[must_use]
pub fn use_session_ended() -> ReadSignal<bool> {
    match AuthContext::here() {
        Some(AuthContext { ended, .. }) => ended,
        None => signal(false).0,
    }
}

/// The access token of the session, for calling other services from the browser.
///
/// Call it in the body of an island, and [`get`](AccessTokenHandle::get) the token when it is needed.
///
/// ```
/// # use authkit_leptos::{AuthError, use_access_token};
/// # use leptos::{prelude::*, task::spawn_local};
/// # async fn list_files(authorization: String) {}
/// #[island]
/// fn Files() -> impl IntoView {
///     let access_token = use_access_token();
///     let list = move |_| {
///         spawn_local(async move {
///             if let Ok(token) = access_token.get().await {
///                 list_files(format!("Bearer {token}")).await;
///             }
///         });
///     };
///     view! { <button on:click=list>"List files"</button> }
/// }
/// ```
#[must_use]
pub fn use_access_token() -> AccessTokenHandle {
    AccessTokenHandle(())
}

/// Who is asking, as the server has found: what [`AuthProvider`] starts with.
///
/// Says the same on both sides. In a fully hydrated app Leptos carries the answer into the browser with the page, so call it
/// where both sides do, in a component; server functions have `server::require_user`. In an app with islands the server
/// alone is asked: its islands have [`use_auth`].
///
/// ```
/// # use authkit_leptos::{AuthProvider, auth_state};
/// # use leptos::prelude::*;
/// #[component]
/// fn App() -> impl IntoView {
///     view! { <AuthProvider initial=auth_state()>"…"</AuthProvider> }
/// }
/// ```
#[must_use]
pub fn auth_state() -> AuthState {
    match use_context::<AuthContext>() {
        Some(AuthContext { state, .. }) => state.get_untracked(),
        None => carried(found),
    }
}

/// What one side finds by itself. In a browser whose page is hydrated already: what it knows by now.
fn found() -> AuthState {
    #[cfg(feature = "ssr")]
    let found = crate::server::auth_state();
    #[cfg(all(feature = "hydrate", not(feature = "islands")))]
    let found = crate::browser::Page::known_state();
    #[cfg(not(any(feature = "ssr", all(feature = "hydrate", not(feature = "islands")))))]
    let found = AuthState::SignedOut;
    found
}

/// Reports a document with islands around a provider that is none, once: its islands all say signed out.
#[cfg(all(feature = "ssr", not(feature = "islands")))]
fn report_islands() {
    static REPORTED: std::sync::Once = std::sync::Once::new();
    let has_islands = Owner::current_shared_context().is_some_and(|it| !it.get_is_hydrating());
    if has_islands {
        REPORTED.call_once(|| {
            tracing::error!(
                reason = "islands_missing",
                "this app has islands, which all say signed out: switch on the feature islands of authkit-leptos"
            );
        });
    }
}

/// What the server has found, on both sides: the HTML carries it into a page that is hydrated.
#[cfg(not(feature = "islands"))]
fn carried<T: Serialize + DeserializeOwned>(find: impl FnOnce() -> T) -> T {
    SharedValue::new(find).into_inner()
}

/// What this side finds. An island has its props from the server.
#[cfg(feature = "islands")]
fn carried<T>(find: impl FnOnce() -> T) -> T {
    find()
}

/// Told as a span of time: the browser's clock may be wrong.
fn expires_in(state: &AuthState) -> u64 {
    #[cfg(feature = "ssr")]
    if let AuthState::SignedIn(_) = state {
        return crate::server::access_token().map_or(0, |token| token.expires_in);
    }
    let _ = state;
    0
}
