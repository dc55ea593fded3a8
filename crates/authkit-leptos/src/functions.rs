//! The routes of the library, as server functions at fixed paths: the four of a sign-in, and what a
//! page in a browser asks later on.
//!
//! Plain links and forms reach the four, with JavaScript off too. Each is one call into the server
//! half; nothing here decides anything.

#[cfg(feature = "ssr")]
use super::server::{self, flow};
use super::{AccessToken, AuthError, AuthState, Hints, Switch};
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

/// Goes on with a sign-in that another site began, once the user has pressed the button of the app's page about it:
/// `POST /auth/continue-sign-in`. Parameters as for [`sign_in`]; `screen=sign-up` is AuthKit's sign-up screen.
#[server(prefix = "/auth", endpoint = "continue-sign-in")]
pub async fn continue_sign_in(
    /// `sign-in`, the default, or `sign-up`.
    screen: Option<String>,
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    let screen = match screen.as_deref() {
        Some("sign-up") => flow::Screen::SignUp,
        _ => flow::Screen::SignIn,
    };
    flow::continue_sign_in(screen, return_to, hints)
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

/// Who is signed in now: `GET /auth/session`. Asked by open pages when they wake up, come back online
/// or hear from another tab. Renews the session on the way, as any request does.
#[server(prefix = "/auth", endpoint = "session", input = GetUrl)]
pub async fn session() -> Result<AuthState, AuthError> {
    server::auth_state_for_browser()
}

/// The access token, for calling other services from the browser: `POST /auth/access-token`.
///
/// Use [`use_access_token`](super::use_access_token), which asks only when it has to.
#[server(name = GetAccessToken, prefix = "/auth", endpoint = "access-token")]
pub async fn access_token() -> Result<AccessToken, AuthError> {
    server::access_token_for_script()
}

/// Moves the session to another organization: `POST /auth/switch-organization`.
///
/// Called by script it answers how that went. From a plain form it leads on: to `return_to` (the
/// page the form is on by default), or to where the organization wants the user to go first.
#[server(prefix = "/auth", endpoint = "switch-organization")]
pub async fn switch_to_organization(
    /// `org_…`.
    organization_id: String,
    /// Where a form leads afterwards: a path on this origin.
    return_to: Option<String>,
) -> Result<Switch, AuthError> {
    flow::switch_to_organization(organization_id, return_to).await
}
