//! [`SignInFailed`]: what the page at `/sign-in-failed` says.
//!
//! Read from that page's address, by the plain page and by an app's own. Trusts nothing there that is not sealed.

use super::flow::{Lent, SAID, Said};
use crate::{
    error::SignInFailure,
    paths::{ReturnTo, SIGN_IN},
};
use axum::extract::FromRequestParts;
use http::{Extensions, StatusCode, Uri, request::Parts};
use std::{collections::HashMap, convert::Infallible};

/// Why a sign-in failed, for the app's own page at [`SIGN_IN_FAILED`](crate::paths::SIGN_IN_FAILED). Also an extractor.
///
/// ```
/// # use authkit_leptos::server::SignInFailed;
/// async fn sign_in_failed(failed: SignInFailed) -> (http::StatusCode, String) {
///     (failed.status(), format!("{}: {} ({})", failed.title, failed.text, failed.reason))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignInFailed {
    /// Why.
    pub failure: SignInFailure,
    /// The reason code: the failure's, or `app_…` where the app's `on_sign_in` refused.
    pub reason: String,
    /// What happened, in a few words.
    pub title: &'static str,
    /// What it means, and what to do now. Plain text, some of which may be the app's: escape it.
    pub text: String,
    /// Where the sign-in would have led.
    pub return_to: ReturnTo,
    /// The address that tries again.
    pub try_again: String,
    /// What a link to that address says.
    pub try_again_says: &'static str,
}

impl SignInFailed {
    /// What the address of a request says.
    pub(super) fn of(uri: &Uri, extensions: &Extensions) -> Self {
        let query = uri.query().unwrap_or_default();
        let query: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let get = |name: &str| query.get(name).map(AsRef::as_ref);
        let failure = SignInFailure::from_code(get("reason").unwrap_or_default());
        let return_to = ReturnTo::or_home(get("return_to"));
        let said = get(SAID).filter(|_| failure == SignInFailure::NotAdmitted);
        let said = said.zip(extensions.get::<Lent>());
        let said = said.and_then(|(sealed, Lent { flow, .. })| {
            Said::open(&flow.sealer, sealed, flow.clock.now())
        });
        let explanation = failure.explanation();
        let (reason, text) = match said {
            Some(said) => (said.reason, said.sentence),
            None => (failure.code().to_owned(), explanation.text.to_owned()),
        };
        let mut try_again = return_to.on(SIGN_IN);
        if failure == SignInFailure::NotAdmitted {
            // Else AuthKit, which has a session of its own, could let the same account in again without a question.
            try_again.push(if try_again.contains('?') { '&' } else { '?' });
            try_again.push_str("prompt=login");
        }
        Self {
            failure,
            reason,
            title: explanation.title,
            text,
            return_to,
            try_again,
            try_again_says: match failure {
                SignInFailure::InAFrame => "Sign in",
                SignInFailure::NotAdmitted => "Use another account",
                _ => "Try again",
            },
        }
    }

    /// The status of the page.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.failure.status()).unwrap_or(StatusCode::BAD_REQUEST)
    }
}

impl<S: Sync> FromRequestParts<S> for SignInFailed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.extensions))
    }
}
