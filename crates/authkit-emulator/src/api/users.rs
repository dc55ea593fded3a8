//! `/user_management/users`: list, create, get, update, delete. Caller: the app's server. A field that the emulator does
//! not store is refused rather than ignored, and a password hash never leaves the store through here.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::api::shapes;
use crate::bend::endpoint::Endpoint;
use crate::changes::accounts::{self, NewAccount, Refused, UserUpdate};
use crate::state::context::Context;
use crate::state::email::is_address;
use crate::state::password;
use crate::state::store::memory::Memory;
use crate::state::store::model::User;

/// Lists users by time of creation, newest first by default.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::ListUsers)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let answer = context.store.read(|state| {
        let found = query.find(state);
        query
            .paging
            .answer(&found, |user| user.id.as_str(), |user| shapes::user(user))
    })?;
    Ok(no_store(Json(answer).into_response()))
}

/// Returns one user.
pub async fn get(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::Users)?;
    let user = context
        .store
        .read(|state| state.users.get(&id).map(shapes::user));
    let user = user.ok_or_else(|| ApiError::not_found("User", &id))?;
    Ok(no_store(Json(user).into_response()))
}

/// A user to add. WorkOS has more fields; those that the emulator does not store are refused.
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
    key::require(&context, &headers, Endpoint::CreateUser)?;
    let new: NewUser = object(body)?;
    let email = new.email.ok_or(ApiError::Missing { field: "email" })?;
    if !is_address(&email) {
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
    let answer = (StatusCode::CREATED, Json(shapes::user(&user)));
    Ok(no_store(answer.into_response()))
}

/// Changes a user.
pub async fn update(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::UpdateUser)?;
    let change: UserUpdate = object(body)?;
    let updated = context
        .store
        .change(|state| accounts::update(&context, state, &id, change));
    let user = updated.map_err(|refused| match refused {
        Refused::Unknown => ApiError::not_found("User", &id),
        Refused::InvalidEmail => ApiError::Invalid { field: "email" },
        Refused::EmailTaken => email_taken("user_update_error", "Could not update user."),
    })?;
    Ok(no_store(Json(shapes::user(&user)).into_response()))
}

/// Deletes a user with sessions, tokens and memberships.
pub async fn delete(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::DeleteUser)?;
    let removed = context
        .store
        .change(|state| accounts::remove(&context, state, &id));
    removed.ok_or_else(|| ApiError::not_found("User", &id))?;
    Ok(no_store(StatusCode::NO_CONTENT.into_response()))
}

/// Reads a body that must be a JSON object: serde alone would also fill a struct from an array.
fn object<T: DeserializeOwned>(
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<T, ApiError> {
    let Json(fields) = body.map_err(ApiError::unreadable)?;
    serde_json::from_value(Value::Object(fields)).map_err(|error| ApiError::Coded {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "invalid_request",
        message: error.to_string(),
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
                _ => return Err(ApiError::unknown_parameter(&name)),
            }
        }
        Ok(parsed)
    }

    /// The users that match, in order.
    fn find<'a>(&self, state: &'a Memory) -> Vec<&'a User> {
        let mut found: Vec<&User> = match &self.email {
            // Exact match with the stored form, which is in lower case.
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
