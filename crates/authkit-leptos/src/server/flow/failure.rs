//! How a sign-in that failed ends: one log line, and the page that explains it.
//!
//! Called by the steps, and by the layer for what it refuses itself.

use crate::{
    error::SignInFailure,
    paths::{self, ReturnTo},
};

/// Ends a sign-in that failed: one log line, and the address of the page that explains it and keeps the way back.
pub(super) fn fail(failure: SignInFailure, detail: &'static str, return_to: &ReturnTo) -> String {
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
pub(in crate::server) fn page_about(failure: SignInFailure, return_to: &ReturnTo) -> String {
    let page = return_to.on(paths::SIGN_IN_FAILED);
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}reason={}", failure.code())
}
