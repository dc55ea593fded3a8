//! One sign-in, as the protocol reads: [`sign_in`] (→ [`continue_sign_in`]) → AuthKit → [`callback`] … [`sign_out`], and
//! in between what open pages ask: [`session`], [`access_token`] and [`switch_to_organization`].
//!
//! Each step takes an [`Exchange`] and gives an [`Answer`]. Two doors lead to them: the routes, and the server functions
//! of the same names. With the layer, the only code that changes auth cookies.

mod answer;
mod callback;
mod exchange;
mod session;
mod sign_in;
mod sign_out;
pub(super) mod state;
mod switch;
mod token_request;

pub use super::workos::Screen;
pub(super) use answer::{Answer, Refusal};
pub(crate) use callback::{Answered, callback};
pub(super) use exchange::{Exchange, Lent};
pub(crate) use session::{access_token, session};
pub(crate) use sign_in::{continue_sign_in, sign_in};
pub(crate) use sign_out::sign_out;
pub(crate) use switch::switch_to_organization;
pub(super) use token_request::{Parts as TokenRequestParts, TokenRequests};

use super::{
    attempts::Attempts,
    config::CookieConfig,
    core::{clock::Clock, seal::Sealer},
    refresh::Refresher,
    revocations::Revocations,
    workos::WorkOs,
};
use crate::{ReturnTo, SignInFailure, paths};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What the steps work with.
pub(super) struct Flow {
    /// The app's public origin.
    pub origin: String,
    pub cookie: CookieConfig,
    pub sealer: Arc<Sealer>,
    pub workos: Arc<WorkOs>,
    pub attempts: Attempts,
    pub token_requests: TokenRequests,
    pub refresher: Arc<Refresher>,
    pub revocations: Arc<Revocations>,
    pub clock: Clock,
    /// Tasks that are finished before the process ends.
    pub tasks: TaskTracker,
}

/// Ends a sign-in that failed: one log line, and the address of the page that explains it and keeps the way back.
fn fail(failure: SignInFailure, detail: &'static str, return_to: &ReturnTo) -> String {
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
    page_about(failure, return_to)
}

/// The address of the page that explains a failure and keeps the way back.
pub(super) fn page_about(failure: SignInFailure, return_to: &ReturnTo) -> String {
    let page = return_to.on(paths::SIGN_IN_FAILED);
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}reason={}", failure.code())
}
