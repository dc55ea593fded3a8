//! The errors of WorkOS's API, in its shapes. Callers: every JSON endpoint. An error never repeats a secret; an
//! authorization code is repeated because WorkOS repeats it.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::no_store::no_store;
use crate::state::jwt_template::TemplateError;

/// An error answer.
#[derive(Debug)]
pub enum ApiError {
    /// `{error, error_description}` with 400 (RFC 6749 §5.2).
    OAuth {
        error: &'static str,
        description: String,
    },
    /// `{code, message}`.
    Coded {
        status: StatusCode,
        code: &'static str,
        message: String,
    },
    /// 400 with `code`, `message` and a list of `errors`.
    Refused {
        code: &'static str,
        message: &'static str,
        errors: Value,
    },
    /// 403 with a body that names the step that is missing.
    StepUp(Value),
    /// A required parameter is missing: 422 with the field's name.
    Missing { field: &'static str },
    /// A parameter has an invalid value: 422 with the field's name.
    Invalid { field: &'static str },
}

impl ApiError {
    /// A malformed request, for any grant.
    pub fn invalid_request(description: impl Into<String>) -> ApiError {
        ApiError::OAuth {
            error: "invalid_request",
            description: description.into(),
        }
    }

    /// The code or refresh token is invalid.
    pub fn invalid_grant(description: impl Into<String>) -> ApiError {
        ApiError::OAuth {
            error: "invalid_grant",
            description: description.into(),
        }
    }

    /// The API key is wrong or missing.
    pub fn unauthorized() -> ApiError {
        let (status, message) = (StatusCode::UNAUTHORIZED, "Unauthorized".to_owned());
        ApiError::Coded {
            status,
            code: "unauthorized",
            message,
        }
    }

    /// The API key is valid but may not call this endpoint.
    pub fn forbidden() -> ApiError {
        ApiError::Coded {
            status: StatusCode::FORBIDDEN,
            code: "forbidden",
            message: "This API key is not authorized to do this.".to_owned(),
        }
    }

    /// Unknown id.
    pub fn not_found(what: &str, id: &str) -> ApiError {
        let (status, message) = (StatusCode::NOT_FOUND, format!("{what} not found: '{id}'."));
        ApiError::Coded {
            status,
            code: "entity_not_found",
            message,
        }
    }

    /// A body that is not JSON, has no JSON content type, or has an unknown field.
    pub fn unreadable(rejection: JsonRejection) -> ApiError {
        ApiError::Coded {
            status: rejection.status(),
            code: "invalid_request",
            message: rejection.body_text(),
        }
    }

    /// A parameter of a list that the emulator does not know: ignoring a filter would list what was not asked for.
    pub fn unknown_parameter(name: &str) -> ApiError {
        ApiError::Coded {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "invalid_request",
            message: format!("The emulator does not know the parameter '{name}'."),
        }
    }

    /// The JWT template can't be rendered.
    pub fn unrenderable(error: &TemplateError) -> ApiError {
        ApiError::Coded {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "invalid_jwt_template",
            message: error.to_string(),
        }
    }

    /// An error of the emulator itself.
    pub fn internal() -> ApiError {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        ApiError::Coded {
            status,
            code: "server_error",
            message: "Internal error".to_owned(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            ApiError::OAuth { error, description } => (
                StatusCode::BAD_REQUEST,
                json!({ "error": error, "error_description": description }),
            ),
            ApiError::Coded {
                status,
                code,
                message,
            } => (status, json!({ "message": message, "code": code })),
            ApiError::Refused {
                code,
                message,
                errors,
            } => (
                StatusCode::BAD_REQUEST,
                json!({ "code": code, "message": message, "errors": errors }),
            ),
            ApiError::StepUp(body) => (StatusCode::FORBIDDEN, body),
            ApiError::Missing { field } => validation(field, "required"),
            ApiError::Invalid { field } => validation(field, "invalid"),
        };
        no_store((status, Json(body)).into_response())
    }
}

fn validation(field: &str, code: &str) -> (StatusCode, Value) {
    let body = json!({
        "message": "Validation failed",
        "code": "unprocessable_entity",
        "errors": [{ "field": field, "code": code }],
    });
    (StatusCode::UNPROCESSABLE_ENTITY, body)
}
