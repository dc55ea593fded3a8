//! The steps of the login as server functions at fixed paths: the four of a sign-in, and what a page in a browser asks
//! later on.
//!
//! Plain links and forms reach the four, with JavaScript off too. Each takes one step on the server; nothing here decides
//! anything. Apps without Leptos pages reach the same steps by [`AuthKit::routes`](crate::server::AuthKit::routes).

#[cfg(feature = "ssr")]
use super::server::{
    flow::{self, Answered, Asked, Screen},
    take, take_by_script,
};
use crate::{
    access_token::AccessToken,
    auth::{AuthState, Identity},
    error::AuthError,
    hints::Hints,
    switch::Switch,
};
use leptos::{prelude::server, server_fn::codec::GetUrl};

/// Starts a sign-in: `GET /sign-in`, answered by a redirect to AuthKit.
///
/// `return_to` is where to go afterwards: a path on this origin, else the home page is used.
#[server(prefix = "", endpoint = "sign-in", input = GetUrl)]
pub async fn sign_in(
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What the app's hook is told: 2,048 bytes at most.
    state: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    let asked = Asked::new(return_to, state, hints);
    take(|exchange| flow::sign_in(exchange, Screen::SignIn, asked)).await
}

/// Starts a sign-in on AuthKit's sign-up screen: `GET /sign-up`. Parameters as for [`sign_in`].
#[server(prefix = "", endpoint = "sign-up", input = GetUrl)]
pub async fn sign_up(
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What the app's hook is told.
    state: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    let asked = Asked::new(return_to, state, hints);
    take(|exchange| flow::sign_in(exchange, Screen::SignUp, asked)).await
}

/// Goes on with a sign-in that another site began, once the user has pressed the button of the app's page about it:
/// `POST /auth/continue-sign-in`. Parameters as for [`sign_in`]; `screen=sign-up` is AuthKit's sign-up screen.
#[server(prefix = "/auth", endpoint = "continue-sign-in")]
pub async fn continue_sign_in(
    /// `sign-in`, the default, or `sign-up`.
    screen: Option<String>,
    /// Where to go afterwards.
    return_to: Option<String>,
    /// What the app's hook is told.
    state: Option<String>,
    /// What is passed through to AuthKit.
    #[server(flatten)]
    hints: Hints,
) -> Result<(), AuthError> {
    let screen = Screen::named(screen.as_deref());
    let asked = Asked::new(return_to, state, hints);
    take(|exchange| flow::continue_sign_in(exchange, screen, asked)).await
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
    let answered = Answered { code, state, error };
    take(|exchange| flow::callback(exchange, answered)).await
}

/// Ends the session, here and at AuthKit: `POST /sign-out`.
#[server(prefix = "", endpoint = "sign-out")]
pub async fn sign_out(
    /// Where to go afterwards: a path on this origin, else the signed-out page is used.
    return_to: Option<String>,
) -> Result<(), AuthError> {
    take(|exchange| flow::sign_out(exchange, return_to)).await
}

/// Who is signed in now: `GET /auth/session`. Asked by open pages when they wake up, come back online
/// or hear from another tab. Renews the session on the way, as any request does.
#[server(prefix = "/auth", endpoint = "session", input = GetUrl)]
pub async fn session() -> Result<AuthState, AuthError> {
    take(flow::session).await
}

/// The access token, for calling other services from the browser: `POST /auth/access-token`.
///
/// Use [`use_access_token`](super::use_access_token), which asks only when it has to.
#[server(name = GetAccessToken, prefix = "/auth", endpoint = "access-token")]
pub async fn access_token() -> Result<AccessToken, AuthError> {
    take_by_script(flow::access_token).await
}

/// A new access token with what is true by now, for the page: `POST /auth/refresh`.
///
/// Use [`use_auth_actions`](super::use_auth_actions), which shows it to the islands. On the server there is
/// `server::refresh_session`.
#[server(name = RefreshSession, prefix = "/auth", endpoint = "refresh")]
pub async fn refresh_session(
    /// `org_…`, to move there.
    organization_id: Option<String>,
) -> Result<Identity, AuthError> {
    take_by_script(|exchange| flow::refresh(exchange, organization_id)).await
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
    take(|exchange| flow::switch_to_organization(exchange, organization_id, return_to)).await
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::paths;
    use leptos::server_fn::ServerFn;

    #[test]
    fn each_server_function_is_where_links_and_routes_have_it() {
        for (function, path) in [
            (SignIn::PATH, paths::SIGN_IN),
            (SignUp::PATH, paths::SIGN_UP),
            (ContinueSignIn::PATH, paths::CONTINUE_SIGN_IN),
            (Callback::PATH, paths::CALLBACK),
            (SignOut::PATH, paths::SIGN_OUT),
            (Session::PATH, paths::SESSION),
            (GetAccessToken::PATH, paths::ACCESS_TOKEN),
            (RefreshSession::PATH, paths::REFRESH),
            (SwitchToOrganization::PATH, paths::SWITCH_ORGANIZATION),
        ] {
            assert_eq!(function, path);
        }
    }
}
