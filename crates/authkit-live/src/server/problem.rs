//! [`Problem`]: why the API does not answer with what was asked: a status, and what people and programs are told.
//!
//! Made by the handlers of the API from what went wrong inside. Never holds the text of an inner error.

use super::{
    StoreError,
    mutate::{Reason, Refusal},
    perform::NotDone,
};
use crate::{arguments::Wrong, mutation::Refused};
use authkit_leptos::{AuthError, server::guard::NotAllowed};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

/// `Retry-After` of a 503, in seconds.
const RETRY_SECONDS: u64 = 5;
/// The code of a mutation of which nobody knows whether it was done.
pub const UNCONFIRMED: &str = "unconfirmed";

/// Why the API does not answer with what was asked.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The caller may not.
    NotAllowed(NotAllowed),
    /// Anything else: a status and what to say.
    Refused(StatusCode, Refused),
    /// A mistake of the app, or a database that is away: the same, and for the log what it was.
    Failed(StatusCode, Refused, String),
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, message: &str) -> Self {
        Self::Refused(status, Refused::new(code, message))
    }

    pub fn bad_request() -> Self {
        let error = AuthError::BadRequest;
        Self::new(StatusCode::BAD_REQUEST, error.code(), &error.to_string())
    }

    /// The page that sent this is for another user or organization than the caller.
    pub fn of_another_page() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "page_of_another",
            "It was sent from the page of another organization, or of somebody else, and nothing is done from there any more. \
             Load the page, look where you are, and send it again.",
        )
    }

    /// A mistake of the app.
    pub fn internal(cause: &str) -> Self {
        Self::Failed(
            StatusCode::INTERNAL_SERVER_ERROR,
            Refused::new(
                "internal",
                "Something went wrong on the server. Nothing was changed.",
            ),
            cause.to_owned(),
        )
    }

    pub fn of_refusal(refusal: &impl Refusal) -> Self {
        let Reason {
            status,
            code,
            field,
        } = refusal.reason();
        let refused = Refused {
            code: code.to_owned(),
            message: refusal.to_string(),
            field: field.map(str::to_owned),
        };
        Self::Refused(status, refused)
    }

    /// The database did not do it, or did not say so.
    pub fn of_store(error: &StoreError) -> Self {
        let (code, message) = match error {
            StoreError::Unconfirmed => (
                UNCONFIRMED,
                "The database did not confirm it. Send it again as it is: it is done once.",
            ),
            error if error.is_final() => return Self::internal(&error.to_string()),
            _ => (
                "database_unavailable",
                "The database can’t be reached right now. Nothing was changed; try again in a moment.",
            ),
        };
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::Failed(status, Refused::new(code, message), error.to_string())
    }

    /// One that is said by its code alone, in the address of a page: where nothing could be stored for it.
    pub fn by_code(code: &str) -> Option<Refused> {
        let signed_out = Refused::from(&AuthError::SignedOut);
        let bad_request = Self::bad_request().refused();
        let unavailable = Self::of_store(&StoreError::Slow).refused();
        let unconfirmed = Self::of_store(&StoreError::Unconfirmed).refused();
        let forbidden = Refused::from(&AuthError::Forbidden);
        let of_another = Self::of_another_page().refused();
        [
            signed_out,
            bad_request,
            unavailable,
            unconfirmed,
            forbidden,
            of_another,
        ]
        .into_iter()
        .find(|refused| refused.code == code)
    }

    /// What a person or a program is told.
    pub fn refused(&self) -> Refused {
        match self {
            Self::NotAllowed(not_allowed) => Refused::from(&AuthError::from(not_allowed)),
            Self::Refused(_, refused) | Self::Failed(_, refused, _) => refused.clone(),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotAllowed(not_allowed) => not_allowed.status(),
            Self::Refused(status, _) | Self::Failed(status, _, _) => *status,
        }
    }

    /// The one line in the log. `name` is that of the mutation or query.
    pub fn log(&self, name: &str) {
        match self {
            // Layer and guards have a line of their own where there is something to say.
            Self::NotAllowed(not_allowed) => {
                tracing::debug!(
                    name,
                    reason = AuthError::from(not_allowed).code(),
                    "not allowed"
                );
            }
            Self::Refused(_, refused) => tracing::info!(name, reason = refused.code, "refused"),
            Self::Failed(_, refused, error) => {
                tracing::error!(name, reason = refused.code, error, "not done");
            }
        }
    }
}

impl<R: Refusal> From<&NotDone<R>> for Problem {
    fn from(not_done: &NotDone<R>) -> Self {
        match not_done {
            NotDone::Refused(refusal) => Self::of_refusal(refusal),
            NotDone::KeyUsedOtherwise => Self::new(
                StatusCode::CONFLICT,
                "key_used_otherwise",
                "This form was sent before, with something else in it. Send it again to do this, too.",
            ),
            NotDone::GivenUp => Self::new(
                StatusCode::CONFLICT,
                "refused_before",
                "This was refused before, and is not done from that page any more. Load the page, and send it again.",
            ),
            NotDone::Store(error) => Self::of_store(error),
        }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Incomplete => Self::bad_request(),
            Wrong::Field(field, message) => Self::Refused(
                StatusCode::BAD_REQUEST,
                Refused {
                    // A field is refused in one way only: by its type.
                    code: field.clone(),
                    message,
                    field: Some(field),
                },
            ),
        }
    }
}

impl From<NotAllowed> for Problem {
    fn from(not_allowed: NotAllowed) -> Self {
        Self::NotAllowed(not_allowed)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = Json(self.refused());
        let mut response = match self {
            // With the challenge, and what else goes with it.
            Self::NotAllowed(not_allowed) => {
                let mut response = not_allowed.into_response();
                let json = json.into_response();
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, json.headers()[CONTENT_TYPE].clone());
                *response.body_mut() = json.into_body();
                response
            }
            Self::Refused(status, _) | Self::Failed(status, _, _) => (status, json).into_response(),
        };
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            let retry_after = response.headers_mut().entry(RETRY_AFTER);
            retry_after.or_insert(HeaderValue::from(RETRY_SECONDS));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum NotNamed {
        #[error("There is one of that name.")]
        Taken,
        #[error("Names are for administrators.")]
        NotYours,
        #[error("It is gone.")]
        Gone,
        #[error("Somebody else has changed it.")]
        Changed,
    }

    impl Refusal for NotNamed {
        fn reason(&self) -> Reason {
            match self {
                Self::Taken => Reason::invalid("taken").at("name"),
                Self::NotYours => Reason::forbidden("not_yours"),
                Self::Gone => Reason::not_found("gone"),
                Self::Changed => Reason::conflict("changed"),
            }
        }
    }

    #[test]
    fn what_a_feature_refuses_is_told_with_its_status_its_code_its_sentence_and_its_field() {
        for (refusal, status, code, field) in [
            (NotNamed::Taken, 422, "taken", Some("name")),
            (NotNamed::NotYours, 403, "not_yours", None),
            (NotNamed::Gone, 404, "gone", None),
            (NotNamed::Changed, 409, "changed", None),
        ] {
            let problem = Problem::of_refusal(&refusal);
            assert_eq!(problem.status().as_u16(), status);
            let told = problem.refused();
            let found = (told.code.as_str(), told.field.as_deref());
            assert_eq!(found, (code, field));
            assert_eq!(told.message, refusal.to_string());
        }
    }

    #[test]
    fn a_database_that_is_away_is_503_with_a_time_and_nothing_of_its_error_is_told() {
        for (error, code) in [
            (StoreError::Slow, "database_unavailable"),
            (StoreError::Unconfirmed, UNCONFIRMED),
        ] {
            let problem = Problem::of_store(&error);
            let told = problem.refused();
            assert_eq!(told.code, code);
            assert!(
                !told.message.contains(&error.to_string()),
                "{}",
                told.message
            );
            let response = problem.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[RETRY_AFTER], "5");
        }
        let mistake = Problem::internal("no such column: nmae");
        assert_eq!(mistake.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!mistake.refused().message.contains("nmae"));
    }
}
