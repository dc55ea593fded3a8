//! One sign-in, as the protocol reads: [`sign_in`] (→ [`continue_sign_in`]) → AuthKit → [`callback`] … [`sign_out`], and
//! [`switch_to_organization`] in between.
//!
//! Called by the server functions of the same names, nobody else. With the layer, the only code
//! that changes auth cookies.

mod callback;
mod sign_in;
mod sign_out;
pub(super) mod state;
mod switch;
mod token_request;

pub use super::workos::Screen;
pub use callback::{Answer, callback};
pub use sign_in::{continue_sign_in, sign_in};
pub use sign_out::sign_out;
pub use switch::switch_to_organization;
pub(super) use token_request::TokenRequests;

use super::{
    AuthCookies, AuthKit, answer,
    request::{browsers_only, caller, extension},
};
use crate::{AuthError, AuthState, ReturnTo, SignInFailure, paths};
use axum::http::request::Parts;
use leptos::prelude::use_context;
use url::{Host, Url};

/// What each step works with: the request's share of [`AuthKit`].
struct Exchange {
    authkit: AuthKit,
    cookies: AuthCookies,
    session_id: Option<String>,
    state: AuthState,
    request: Parts,
}

impl Exchange {
    /// For a step that only a browser can go on with.
    ///
    /// # Errors
    /// As [`current`](Self::current), and for a request that brought a token: why it is not accepted,
    /// or [`AuthError::Forbidden`].
    fn of_browser() -> Result<Self, AuthError> {
        browsers_only()?;
        Self::current()
    }

    /// # Errors
    /// [`AuthError::Internal`] where the layer is missing around the route.
    fn current() -> Result<Self, AuthError> {
        let found = || {
            let caller = caller()?;
            Some(Self {
                authkit: extension()?,
                cookies: extension()?,
                session_id: caller.session_id().map(str::to_owned),
                state: caller.state(),
                request: use_context()?,
            })
        };
        found().ok_or_else(|| {
            tracing::error!(
                reason = "layer_missing",
                "put AuthKit::layer() around the routes"
            );
            answer::set_error_status(&AuthError::Internal);
            AuthError::Internal
        })
    }

    /// The address of this request on the host that the redirect URI names, when it was sent to another: www, say, or
    /// 127.0.0.1 for localhost. The cookies of one are not the other's, so that a sign-in begun here could not
    /// end there.
    ///
    /// At most once, and the address says so: a proxy may have changed `Host`, which tells nothing about the
    /// browser's address then.
    fn on_the_public_host(&self) -> Option<String> {
        let host = self.request.headers.get(http::header::HOST)?;
        let public = Url::parse(self.authkit.origin()).ok()?;
        let asked = Url::parse(&format!("{}://{}", public.scheme(), host.to_str().ok()?)).ok()?;
        if asked.origin() == public.origin() {
            return None;
        }
        let mut there = public.join(self.request.uri.path()).ok()?;
        there.set_query(self.request.uri.query());
        // No proxy is between names of this machine.
        if is_loopback(&asked) && is_loopback(&public) {
            return (asked.port() == public.port()).then(|| there.into());
        }
        if there.query_pairs().any(|(name, _)| name == paths::LED_HERE) {
            return None;
        }
        there.query_pairs_mut().append_pair(paths::LED_HERE, "1");
        Some(there.into())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Ends a sign-in that failed: one log line, and the page that explains it and keeps the way back.
fn fail(failure: SignInFailure, detail: &'static str, return_to: &ReturnTo) {
    let reason = failure.code();
    if failure == SignInFailure::Misconfigured {
        tracing::error!(
            reason,
            detail,
            "sign-in failed: WorkOS does not accept WORKOS_API_KEY with WORKOS_CLIENT_ID; compare both with the dashboard"
        );
    } else if failure.status() >= 500 {
        tracing::warn!(reason, detail, "sign-in failed");
    } else {
        tracing::info!(reason, detail, "sign-in failed");
    }
    answer::redirect(&page_about(failure, return_to));
}

/// The address of the page that explains a failure and keeps the way back.
pub(super) fn page_about(failure: SignInFailure, return_to: &ReturnTo) -> String {
    let page = return_to.on(paths::SIGN_IN_FAILED);
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}reason={}", failure.code())
}
