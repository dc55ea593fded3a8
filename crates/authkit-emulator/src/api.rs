//! The shapes of WorkOS's API errors, and the check of the API key. Callers: every JSON endpoint.
//! An error never repeats a secret; a code is repeated because WorkOS does so.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::fault::Endpoint;
use super::random;

/// An answer that refuses.
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
    /// Refused for reasons of their own: 400 with `code`, `message` and these `errors`.
    Refused {
        code: &'static str,
        message: &'static str,
        errors: Value,
    },
    /// More has to be done first: 403 with a body that says what.
    StepUp(Value),
    /// A required parameter is missing: 422 with the field's name.
    Missing { field: &'static str },
    /// A parameter has a value that it can't have: 422 with the field's name.
    Invalid { field: &'static str },
}

impl ApiError {
    /// Malformed, whatever the grant.
    pub fn invalid_request(description: impl Into<String>) -> ApiError {
        ApiError::OAuth {
            error: "invalid_request",
            description: description.into(),
        }
    }

    /// The code or refresh token is no good.
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

    /// The API key is good, and may not do this.
    pub fn forbidden() -> ApiError {
        ApiError::Coded {
            status: StatusCode::FORBIDDEN,
            code: "forbidden",
            message: "This API key is not authorized to do this.".to_owned(),
        }
    }

    /// Nothing has this id.
    pub fn not_found(what: &str, id: &str) -> ApiError {
        let (status, message) = (StatusCode::NOT_FOUND, format!("{what} not found: '{id}'."));
        ApiError::Coded {
            status,
            code: "entity_not_found",
            message,
        }
    }

    /// A body that is not JSON, not said to be, or has a field too many.
    pub fn unreadable(rejection: JsonRejection) -> ApiError {
        ApiError::Coded {
            status: rejection.status(),
            code: "invalid_request",
            message: rejection.body_text(),
        }
    }

    /// The emulator itself failed.
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

/// What a body says, which has to be a JSON object: serde would fill a struct from an array as well.
pub fn object<T: DeserializeOwned>(
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<T, ApiError> {
    let Json(fields) = body.map_err(ApiError::unreadable)?;
    serde_json::from_value(Value::Object(fields)).map_err(|error| ApiError::Coded {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "invalid_request",
        message: error.to_string(),
    })
}

/// Forbids caches to keep an answer (RFC 6749 §5.1 demands it for tokens).
pub fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Refuses a request without an API key as bearer token (RFC 6750 §2.1) that may call this endpoint.
pub fn require_api_key(
    context: &Context,
    headers: &HeaderMap,
    endpoint: Endpoint,
) -> Result<(), ApiError> {
    let key = bearer(headers).ok_or_else(ApiError::unauthorized)?;
    check_api_key(context, key, endpoint)
}

/// Refuses a key that is wrong with 401, and one that may not call this endpoint with 403.
pub fn check_api_key(context: &Context, key: &str, endpoint: Endpoint) -> Result<(), ApiError> {
    match context.restricted_keys.may_call(key, endpoint) {
        Some(true) => Ok(()),
        Some(false) => Err(ApiError::forbidden()),
        None if random::same_secret(key, &context.api_key) => Ok(()),
        None => Err(ApiError::unauthorized()),
    }
}

/// The bearer token that came with a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}
