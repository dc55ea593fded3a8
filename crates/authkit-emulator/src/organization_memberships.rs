//! `GET /user_management/organization_memberships`: where a user belongs, or who belongs to an
//! organization. Called by the app's server; events show memberships in the same shape.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::clock::rfc3339;
use super::context::Context;
use super::fault::Endpoint;
use super::paging::Paging;
use super::store::model::{Membership, State as Memory};
use super::users;

/// The handler.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::OrganizationMemberships)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let answer = context.store.read(|state| {
        let found = query.find(state);
        let shape = |it: &&Membership| membership(state, it);
        query.paging.answer(&found, |it| it.id.as_str(), shape)
    })?;
    Ok(api::no_store(Json(answer).into_response()))
}

fn membership(state: &Memory, membership: &Membership) -> Value {
    let organization = state.organizations.get(&membership.organization_id);
    let mut shown = json(membership);
    shown["organization_name"] = json!(organization.map(|it| &it.name));
    shown["user"] = json!(state.users.get(&membership.user_id).map(users::json));
    shown
}

/// A membership as events show it. The API says more.
pub fn json(membership: &Membership) -> Value {
    let role = json!({ "slug": membership.role });
    let updated_at = membership.changed_at.unwrap_or(membership.created_at);
    json!({
        "object": "organization_membership",
        "id": membership.id,
        "user_id": membership.user_id,
        "organization_id": membership.organization_id,
        "status": "active",
        "directory_managed": false,
        "custom_attributes": {},
        "created_at": rfc3339(membership.created_at),
        "updated_at": rfc3339(updated_at),
        "role": role,
        "roles": [role],
    })
}

#[derive(Default)]
struct Query {
    user_id: Option<String>,
    organization_id: Option<String>,
    paging: Paging,
    statuses: Vec<String>,
}

impl Query {
    fn parse(query: &str) -> Result<Query, ApiError> {
        let mut parsed = Query::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "user_id" => parsed.user_id = Some(value),
                "organization_id" => parsed.organization_id = Some(value),
                "statuses" | "statuses[]" => {
                    parsed.statuses.extend(value.split(',').map(str::to_owned));
                }
                name => parsed.paging.take(name, &value)?,
            }
        }
        if parsed.user_id.is_none() && parsed.organization_id.is_none() {
            return Err(ApiError::Missing { field: "user_id" });
        }
        Ok(parsed)
    }

    /// What is asked for, in order. All memberships of the emulator are active.
    fn find<'a>(&self, state: &'a Memory) -> Vec<&'a Membership> {
        if !self.statuses.is_empty() && !self.statuses.iter().any(|it| it == "active") {
            return Vec::new();
        }
        let mut found: Vec<&Membership> = match &self.user_id {
            Some(user_id) => state.memberships.of(user_id).iter().collect(),
            None => {
                let mut all: Vec<_> = state.memberships.iter().collect();
                all.sort_by(|a, b| a.id.cmp(&b.id));
                all
            }
        };
        if let Some(id) = &self.organization_id {
            found.retain(|membership| membership.organization_id == *id);
        }
        if !self.paging.oldest_first {
            found.reverse();
        }
        found
    }
}
