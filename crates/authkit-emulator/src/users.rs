//! Users as WorkOS's API shows them, and `/user_management/users`: list, create, get, update, delete.
//! Callers: the app's server, and authenticate for its answer. A password hash never leaves the store
//! through here, and nothing that the emulator doesn't keep is taken in silence.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::accounts::{self, NewAccount, Refused, UserUpdate};
use super::api::{self, ApiError};
use super::clock::rfc3339;
use super::context::Context;
use super::fault::Endpoint;
use super::paging::Paging;
use super::password;
use super::store::model::{State as Memory, User};

/// Lists users by the time of their creation, the newest first unless asked otherwise.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::ListUsers)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let answer = context.store.read(|state| {
        let found = query.find(state);
        query
            .paging
            .answer(&found, |user| user.id.as_str(), |user| json(user))
    })?;
    Ok(api::no_store(Json(answer).into_response()))
}

/// Shows one user.
pub async fn get(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::Users)?;
    let user = context.store.read(|state| state.users.get(&id).map(json));
    let user = user.ok_or_else(|| ApiError::not_found("User", &id))?;
    Ok(api::no_store(Json(user).into_response()))
}

/// A user to add. WorkOS knows more fields; what the emulator would forget, it refuses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    password: Option<String>,
}

/// Adds a user.
pub async fn create(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::CreateUser)?;
    let new: NewUser = api::object(body)?;
    let email = new.email.ok_or(ApiError::Missing { field: "email" })?;
    if !accounts::is_address(&email) {
        return Err(ApiError::Invalid { field: "email" });
    }
    let is_weak = |password: &String| !password::is_strong(password, &email);
    if new.password.as_ref().is_some_and(is_weak) {
        return Err(ApiError::Invalid { field: "password" });
    }
    let account = NewAccount {
        email,
        email_verified: new.email_verified,
        password: new.password,
        first_name: new.first_name.as_deref().and_then(accounts::given),
        last_name: new.last_name.as_deref().and_then(accounts::given),
        profile_picture_url: None,
    };
    let user = account.into_user(&context).await;
    let added = context
        .store
        .change(|state| accounts::add(&context, state, user));
    let user = added.map_err(|_| email_taken("user_creation_error", "Could not create user."))?;
    let answer = (StatusCode::CREATED, Json(json(&user)));
    Ok(api::no_store(answer.into_response()))
}

/// Changes a user.
pub async fn update(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::UpdateUser)?;
    let change: UserUpdate = api::object(body)?;
    let updated = context
        .store
        .change(|state| accounts::update(&context, state, &id, change));
    let user = updated.map_err(|refused| match refused {
        Refused::Unknown => ApiError::not_found("User", &id),
        Refused::InvalidEmail => ApiError::Invalid { field: "email" },
        Refused::EmailTaken => email_taken("user_update_error", "Could not update user."),
    })?;
    Ok(api::no_store(Json(json(&user)).into_response()))
}

/// Deletes a user, with everything that is theirs.
pub async fn delete(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::DeleteUser)?;
    let removed = context
        .store
        .change(|state| accounts::remove(&context, state, &id));
    removed.ok_or_else(|| ApiError::not_found("User", &id))?;
    Ok(api::no_store(StatusCode::NO_CONTENT.into_response()))
}

/// The user object of WorkOS's API.
pub fn json(user: &User) -> Value {
    json!({
        "object": "user",
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": user.full_name(),
        "profile_picture_url": user.profile_picture_url,
        "last_sign_in_at": user.last_sign_in_at.map(rfc3339),
        "external_id": null,
        "metadata": {},
        "locale": null,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    })
}

fn email_taken(code: &'static str, message: &'static str) -> ApiError {
    ApiError::Refused {
        code,
        message,
        errors: json!([{
            "code": "email_not_available",
            "message": "This email is not available.",
        }]),
    }
}

#[derive(Default)]
struct Query {
    email: Option<String>,
    organization_id: Option<String>,
    paging: Paging,
}

impl Query {
    fn parse(query: &str) -> Result<Query, ApiError> {
        let mut parsed = Query::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "email" => parsed.email = Some(value.into_owned()),
                "organization_id" => parsed.organization_id = Some(value.into_owned()),
                "before" | "after" | "limit" | "order" => parsed.paging.take(&name, &value)?,
                // Passing over a filter would list people who were not asked for.
                _ => return Err(unknown_parameter(&name)),
            }
        }
        Ok(parsed)
    }

    /// What is asked for, in order.
    fn find<'a>(&self, state: &'a Memory) -> Vec<&'a User> {
        let mut found: Vec<&User> = match &self.email {
            // As it is kept: in lower case.
            Some(email) => {
                let user = state.user_by_email(email);
                user.filter(|user| user.email == *email)
                    .into_iter()
                    .collect()
            }
            None => state.users.iter().collect(),
        };
        if let Some(id) = &self.organization_id {
            found.retain(|user| state.membership(&user.id, id).is_some());
        }
        found.sort_by_key(|user| (user.created_at, user.id.as_str()));
        if !self.paging.oldest_first {
            found.reverse();
        }
        found
    }
}

fn unknown_parameter(name: &str) -> ApiError {
    ApiError::Coded {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "invalid_request",
        message: format!("The emulator does not know the parameter '{name}'."),
    }
}
