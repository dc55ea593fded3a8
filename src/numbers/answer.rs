//! Answers of the server functions of numbers: a status for programs and scripts, a redirect to the page for plain
//! forms.
//!
//! Called by the transactions. Logs each failure, once; callers get no text of an inner error.

use super::error::NumbersError;
use crate::refused_form::{RefusedForm, RefusedForms};
use authkit_leptos::server::{is_form, redirect, set_status};
use authkit_live::server::StoreError;
use http::StatusCode;

/// The page of numbers.
const PAGE: &str = "/live";

/// Why a transaction failed, in full. Never leaves the server.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was refused: the caller is told why.
    #[error(transparent)]
    Refused(#[from] NumbersError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mistake in the router.
    #[error("there is no Live in the context of this server function")]
    NoContext,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Runs the work; a failure sets the status.
pub async fn answer<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, NumbersError> {
    work.await.map_err(|failure| {
        let error = told(failure);
        if let Some(status) = status(&error) {
            set_status(status);
        }
        error
    })
}

/// The same for functions that plain forms call: a form is redirected to the page, which shows the error and what was
/// `typed`.
pub async fn answer_form<T>(
    typed: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, NumbersError> {
    if !is_form() {
        return answer(work).await;
    }
    // Before the first await: after it the context may be that of another request.
    let left_by = RefusedForms::of_session();
    let outcome = work.await.map_err(told);
    match &outcome {
        Ok(_) => redirect(PAGE),
        Err(error) => {
            let form = RefusedForm {
                reason: error.code().to_owned(),
                typed: typed.to_owned(),
            };
            let ticket = match left_by {
                Some((forms, session_id)) => forms.leave(&session_id, form).await.ok(),
                None => None,
            };
            // Without a database the error is in the address.
            redirect(&match ticket {
                Some(ticket) => format!("{PAGE}?refused={ticket}"),
                None => format!("{PAGE}?problem={}", error.code()),
            });
        }
    }
    outcome
}

/// The error for the caller; the rest goes to the log.
fn told(failure: Failure) -> NumbersError {
    match failure {
        Failure::Refused(error) => {
            tracing::info!(reason = error.code(), "numbers: refused");
            error
        }
        Failure::Store(StoreError::Unconfirmed) => {
            tracing::error!(reason = "unconfirmed", "numbers: done, perhaps");
            NumbersError::Unconfirmed
        }
        Failure::Store(error) if !error.is_final() => {
            tracing::error!(reason = "database_unavailable", %error, "numbers: not done");
            NumbersError::Unavailable
        }
        failure @ (Failure::Store(_) | Failure::NoContext) => {
            tracing::error!(reason = "internal", error = %failure, "numbers: not done");
            NumbersError::Internal
        }
    }
}

fn status(error: &NumbersError) -> Option<StatusCode> {
    Some(match error {
        // The guard has set the status.
        NumbersError::Auth(_) => return None,
        NumbersError::Value | NumbersError::Count => StatusCode::BAD_REQUEST,
        NumbersError::NotFound => StatusCode::NOT_FOUND,
        NumbersError::NotYours => StatusCode::FORBIDDEN,
        NumbersError::Unavailable | NumbersError::Unconfirmed => StatusCode::SERVICE_UNAVAILABLE,
        NumbersError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    })
}
