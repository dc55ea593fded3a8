//! AuthKit login for any Leptos + axum app: routes, an encrypted session cookie, a verified access
//! token, `<Authenticated>` and guards. Imports nothing from the app around it.
//!
//! # One sign-in, from link to page
//!
//! 1. A page shows [`SignInLink`]: a plain link to [`paths::SIGN_IN`], with where to come back to.
//! 2. [`functions::sign_in`] remembers the attempt (PKCE verifier, `state`) on the server and sends
//!    the browser to AuthKit.
//! 3. [`functions::callback`] takes the attempt out, compares `state`, exchanges the code, verifies
//!    the access token, seals the session into a cookie and sends the browser where it wanted to go.
//! 4. On every request after that, `AuthLayer` opens the cookie, verifies the token, renews it when
//!    it is about to expire, and puts the answer into the request.
//! 5. The page hands that answer, an [`AuthState`] without any token, to [`AuthProvider`], so that
//!    [`use_auth`] says the same on the server and in the browser: nothing flashes. The HTML carries it, in the props of
//!    an island (feature `islands`) or among the data that Leptos hydrates with.
//! 6. In the browser, `AuthProvider` keeps an open page true to the session: it asks
//!    [`functions::session`] when the page wakes up or another tab has news.
//! 7. [`SignOutForm`] posts to [`functions::sign_out`], which ends the session here and at AuthKit.
//!
//! # Where code runs
//!
//! `server/` exists in the server binary only, `browser/` in the WASM only; everything else runs on
//! both sides. Tokens stay in `server/`, but for the access token that an island asks for with
//! [`use_access_token`].

#![recursion_limit = "256"]

pub mod access_token;
pub mod auth;
pub mod authentication_method;
#[cfg(feature = "hydrate")]
pub mod browser;
#[cfg(feature = "leptos")]
mod call;
#[cfg(any(feature = "hydrate", test))]
mod change;
#[cfg(any(feature = "hydrate", feature = "axum"))]
mod channel;
pub mod distance;
pub mod error;
#[cfg(feature = "leptos")]
pub mod functions;
pub mod hints;
pub mod membership;
pub mod names;
pub mod paths;
pub mod recent_auth;
#[cfg(feature = "axum")]
pub mod server;
pub mod sign_in_url;
pub mod switch;
#[cfg(feature = "leptos")]
pub mod ui;

pub use access_token::AccessToken;
pub use auth::{AuthState, Identity, Impersonator, User};
pub use authentication_method::AuthenticationMethod;
#[cfg(feature = "leptos")]
pub use call::call;
pub use error::{AuthError, Explanation, SignInFailure};
pub use hints::Hints;
pub use membership::Membership;
pub use paths::ReturnTo;
pub use recent_auth::RecentAuth;
pub use sign_in_url::{SignInOptions, sign_in_url};
pub use switch::{Requirement, Switch};
#[cfg(feature = "hydrate")]
pub use ui::scripts_run;
#[cfg(feature = "leptos")]
pub use ui::{
    AccessTokenHandle, AuthActions, AuthLoading, AuthProvider, Authenticated, Authorized,
    Impersonation, Protected, Refused, ScriptsEnded, SignInLink, SignOutForm, SignUpLink,
    SwitchOrganizationForm, Unauthenticated, WatchScripts, auth_state, reauthenticate,
    use_access_token, use_auth, use_auth_actions, use_recent_auth, use_session_ended,
    use_token_claims,
};

/// The examples of the README compile.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../README.md")]
struct Readme;
