//! [`SignInError`]: a sign-in that failed, as the app is told of it.
//!
//! Made by the steps of the login. Holds no token and no code, and nothing that an answer of WorkOS said.

use crate::{error::SignInFailure, paths::ReturnTo};

/// A sign-in that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignInError {
    /// Why.
    pub failure: SignInFailure,
    /// The reason code that the page shows: the failure's, or `app_…` where `on_sign_in` refused.
    pub reason: String,
    /// More about it, as the log has it.
    pub detail: &'static str,
    /// Where the sign-in would have led.
    pub return_to: ReturnTo,
    /// The `state` of the link that started it, if it is known.
    pub state: Option<String>,
    /// The `x-request-id` of the request, under which the log has it.
    pub request_id: Option<String>,
}
