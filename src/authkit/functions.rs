//! The four routes of a sign-in, as server functions at fixed paths.
//!
//! A browser reaches them by plain links and forms, with JavaScript off too. Each is one call into
//! `server::flow`, where the protocol is; nothing here decides anything.

#[cfg(feature = "ssr")]
use super::server::flow;
use super::{AuthError, Hints};
use leptos::{prelude::server, server_fn::codec::GetUrl};

/// Starts a sign-in: `GET /sign-in`, answered by a redirect to AuthKit.
///
/// `return_to` is where to go afterwards: a path on this origin, else the home page is used.
#[server(prefix = "", endpoint = "sign-in", input = GetUrl)]
pub async fn sign_in(
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    flow::sign_in(flow::Screen::SignIn, return_to, hints).await
}

/// Starts a sign-in on AuthKit's sign-up screen: `GET /sign-up`. Parameters as for [`sign_in`].
#[server(prefix = "", endpoint = "sign-up", input = GetUrl)]
pub async fn sign_up(
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    flow::sign_in(flow::Screen::SignUp, return_to, hints).await
}

/// Where AuthKit sends the browser back to: `GET /callback` (RFC 6749 §4.1.2 and §4.1.2.1).
#[server(prefix = "", endpoint = "callback", input = GetUrl)]
pub async fn callback(
    /// The authorization code.
    code: Option<String>,
    /// What we sent along when the sign-in started.
    state: Option<String>,
    /// The error code instead of a code.
    error: Option<String>,
) -> Result<(), AuthError> {
    flow::callback(flow::Answer { code, state, error }).await
}

/// Ends the session, here and at AuthKit: `POST /sign-out`.
#[server(prefix = "", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), AuthError> {
    flow::sign_out().await
}
