//! `GET /user_management/organization_memberships`: the memberships of a user or of an organization. Caller: the app's
//! server. A request that names neither is refused, as at WorkOS.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::api::shapes;
use crate::bend::endpoint::Endpoint;
use crate::state::context::Context;
use crate::state::store::memory::Memory;
use crate::state::store::model::Membership;

/// The handler.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::OrganizationMemberships)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let answer = context.store.read(|state| {
        let found = query.find(state);
        let shape = |it: &&Membership| membership(state, it);
        query.paging.answer(&found, |it| it.id.as_str(), shape)
    })?;
    Ok(no_store(Json(answer).into_response()))
}

fn membership(state: &Memory, membership: &Membership) -> Value {
    let organization = state.organizations.get(&membership.organization_id);
    let mut shown = shapes::membership(membership);
    shown["organization_name"] = json!(organization.map(|it| &it.name));
    shown["user"] = json!(state.users.get(&membership.user_id).map(shapes::user));
    shown
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

    /// The memberships that match, in order. All memberships of the emulator are active.
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
