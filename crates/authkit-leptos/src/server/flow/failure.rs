//! How a sign-in that failed ends: one log line, the app's hook, and the page that explains it.
//!
//! Called by the steps, and by the layer for what it refuses itself.

use super::{
    exchange::Exchange,
    failed::Failed,
    said::{PARAMETER, Said},
};
use crate::{
    error::SignInFailure,
    paths::{self, ReturnTo},
    server::{
        cookie_sealer::random_salt,
        hooks::{Refusal, SignInError},
        metrics,
    },
};

/// Ends a sign-in that failed: one log line, and the address where the browser goes next. That is the page that explains
/// the failure and keeps the way back, unless the app leads elsewhere.
pub(super) async fn fail(
    exchange: &Exchange,
    failed: impl Into<Failed>,
    return_to: &ReturnTo,
    state: Option<String>,
) -> String {
    let failed = failed.into();
    let (failure, detail, reason) = (failed.failure(), failed.detail(), failed.reason());
    log(failure, &reason, detail);
    metrics::sign_in(Err(failure.code()));
    let told = SignInError {
        failure,
        reason,
        detail,
        return_to: return_to.clone(),
        state,
        request_id: exchange.request_id(),
    };
    if let Some(instead) = exchange.flow.hooks.instead_of_the_page(told).await {
        return instead.as_str().to_owned();
    }
    match &failed {
        Failed::Here(failure, _) => page_about(*failure, return_to),
        Failed::Refused(refusal) => page_about_refusal(exchange, refusal, return_to),
    }
}

/// The same for a switch of organizations, which is no sign-in: the app is not told.
pub(super) fn fail_switch(detail: &'static str, return_to: &ReturnTo) -> String {
    let failure = SignInFailure::NotAMember;
    log(failure, failure.code(), detail);
    page_about(failure, return_to)
}

fn log(failure: SignInFailure, reason: &str, detail: &'static str) {
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
}

/// The address of the page that explains a failure and keeps the way back.
pub(in crate::server) fn page_about(failure: SignInFailure, return_to: &ReturnTo) -> String {
    page_with(failure.code(), return_to)
}

fn page_with(reason: &str, return_to: &ReturnTo) -> String {
    let page = return_to.on(paths::SIGN_IN_FAILED);
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}reason={reason}")
}

/// The address of the page that shows what the app said.
fn page_about_refusal(exchange: &Exchange, refusal: &Refusal, return_to: &ReturnTo) -> String {
    let page = page_with(&refusal.reason(), return_to);
    let Ok(salt) = random_salt() else {
        return page;
    };
    let said = Said::now(refusal, exchange.flow.clock.now());
    let sealed = said.seal(&exchange.flow.sealer, salt);
    format!("{page}&{PARAMETER}={sealed}")
}
