//! [`NumbersError`]: why a call of a server function of numbers failed.
//!
//! Sent to browsers and programs: fixed sentences, never the text of an inner error.

use authkit_leptos::AuthError;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// Why a call failed. Nothing was changed, except perhaps for [`Unconfirmed`](Self::Unconfirmed).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumbersError {
    /// A guard refused the caller, and set the status.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// 400: not a value.
    #[error("Write a whole number in digits, from −1,000,000 to 1,000,000.")]
    Value,
    /// 400: not a count.
    #[error("Ask for 1 to 100 numbers.")]
    Count,
    /// 404: there is no such number.
    #[error("That number is gone already.")]
    NotFound,
    /// 403: another user added it.
    #[error("Only who added a number, or an administrator, can remove it.")]
    NotYours,
    /// 503: the database does not answer.
    #[error("The database can’t be reached right now. Nothing was changed; try again in a moment.")]
    Unavailable,
    /// 503: the database was lost while it committed.
    #[error("The database did not confirm it. Look at the list before you try again.")]
    Unconfirmed,
    /// 500: the server failed; its log says why.
    #[error("Something went wrong on the server. Nothing was changed.")]
    Internal,
}

impl NumbersError {
    /// The errors that the page can show for a form, by reason code.
    const SHOWN: [(&'static str, Self); 7] = [
        ("value", Self::Value),
        ("count", Self::Count),
        ("not_found", Self::NotFound),
        ("not_yours", Self::NotYours),
        ("unavailable", Self::Unavailable),
        ("unconfirmed", Self::Unconfirmed),
        ("internal", Self::Internal),
    ];

    /// The reason code, for a query parameter. Short and stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let shown = Self::SHOWN.iter().find(|(_, error)| error == self);
        shown.map_or("auth", |(code, _)| code)
    }

    /// Whether the write may have succeeded despite the error.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Auth(AuthError::Unreachable))
    }

    /// The error of a reason code; `None` for an unknown code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let shown = Self::SHOWN.into_iter().find(|(known, _)| *known == code);
        shown.map(|(_, error)| error)
    }
}

impl FromServerFnError for NumbersError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        AuthError::from_server_fn_error(error).into()
    }
}
