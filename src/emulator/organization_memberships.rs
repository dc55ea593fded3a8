//! `GET /user_management/organization_memberships`: where a user belongs, or who belongs to an
//! organization, in pages as WorkOS sends them. Called by the app's server. Ten at a time unless asked
//! for more: an app that reads one page only has to notice here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::clock::rfc3339;
use super::context::Context;
use super::store::model::{Membership, State as Memory};
use super::users;

/// A page's size, and the largest one, as at WorkOS.
const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

/// The handler.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let answer = context.store.read(|state| {
        let found = query.find(state);
        let page = query.page(&found)?;
        let data: Vec<Value> = page.items.iter().map(|it| membership(state, it)).collect();
        let metadata = json!({ "before": page.before, "after": page.after });
        Ok(json!({ "object": "list", "data": data, "list_metadata": metadata }))
    })?;
    Ok(api::no_store(Json(answer).into_response()))
}

fn membership(state: &Memory, membership: &Membership) -> Value {
    let organization = state.organizations.get(&membership.organization_id);
    let role = json!({ "slug": membership.role });
    json!({
        "object": "organization_membership",
        "id": membership.id,
        "user_id": membership.user_id,
        "organization_id": membership.organization_id,
        "organization_name": organization.map(|it| &it.name),
        "status": "active",
        "directory_managed": false,
        "custom_attributes": {},
        "created_at": rfc3339(membership.created_at),
        "updated_at": rfc3339(membership.created_at),
        "role": role,
        "roles": [role],
        "user": state.users.get(&membership.user_id).map(users::json),
    })
}

#[derive(Default)]
struct Query {
    user_id: Option<String>,
    organization_id: Option<String>,
    before: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
    oldest_first: bool,
    statuses: Vec<String>,
}

struct Page<'a> {
    items: &'a [&'a Membership],
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl Query {
    fn parse(query: &str) -> Result<Query, ApiError> {
        let mut parsed = Query::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "user_id" => parsed.user_id = Some(value),
                "organization_id" => parsed.organization_id = Some(value),
                "before" => parsed.before = Some(value),
                "after" => parsed.after = Some(value),
                "limit" => parsed.limit = Some(limit(&value)?),
                "order" => parsed.oldest_first = oldest_first(&value)?,
                "statuses" | "statuses[]" => {
                    parsed.statuses.extend(value.split(',').map(str::to_owned));
                }
                _ => {}
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
        if !self.oldest_first {
            found.reverse();
        }
        found
    }

    fn page<'a>(&self, found: &'a [&'a Membership]) -> Result<Page<'a>, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let place = |id: &str, field| {
            let place = found.iter().position(|membership| membership.id == id);
            place.ok_or(ApiError::Invalid { field })
        };
        let (start, end) = match (&self.after, &self.before) {
            (Some(_), Some(_)) => return Err(ApiError::Invalid { field: "before" }),
            (Some(id), None) => {
                let start = place(id, "after")? + 1;
                (start, found.len().min(start + limit))
            }
            (None, Some(id)) => {
                let end = place(id, "before")?;
                (end.saturating_sub(limit), end)
            }
            (None, None) => (0, found.len().min(limit)),
        };
        let items = &found[start..end];
        let id = |membership: &&'a Membership| membership.id.as_str();
        Ok(Page {
            items,
            before: items.first().filter(|_| start > 0).map(id),
            after: items.last().filter(|_| end < found.len()).map(id),
        })
    }
}

fn limit(value: &str) -> Result<usize, ApiError> {
    let limit = value.parse().ok();
    limit
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or(ApiError::Invalid { field: "limit" })
}

fn oldest_first(value: &str) -> Result<bool, ApiError> {
    match value {
        "asc" => Ok(true),
        "desc" => Ok(false),
        _ => Err(ApiError::Invalid { field: "order" }),
    }
}
