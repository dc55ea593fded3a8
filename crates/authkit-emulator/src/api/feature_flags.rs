//! Feature flags: all of them with their targets for the SDKs that evaluate them (`GET /sdk/feature-flags`), and the lists
//! of those that are on for an organization or a user. Caller: the app's server. Only control changes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::api::shapes;
use crate::bend::endpoint::Endpoint;
use crate::state::context::Context;
use crate::state::store::memory::Memory;
use crate::state::store::rights::FeatureFlag;

/// Every flag by slug, for evaluation in the app.
pub async fn for_sdk(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::FeatureFlags)?;
    let flags = context.store.read(|state| {
        let flags = state.feature_flags.iter();
        let shown = flags.map(|(slug, flag)| (slug.clone(), evaluable(flag)));
        shown.collect::<Map<_, _>>()
    });
    Ok(no_store(Json(flags).into_response()))
}

/// The flags that are on for an organization.
pub async fn of_organization(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::OrganizationFeatureFlags)?;
    let answer = context.store.read(|state| {
        if !state.organizations.contains_key(&id) {
            return Err(ApiError::not_found("Organization", &id));
        }
        page(query.as_deref(), state.flags_on(None, Some(&id)).collect())
    })?;
    Ok(no_store(Json(answer).into_response()))
}

/// The flags that are on for a user, by themselves or in one of their organizations.
pub async fn of_user(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::UserFeatureFlags)?;
    let answer = context.store.read(|state| {
        if state.users.get(&id).is_none() {
            return Err(ApiError::not_found("User", &id));
        }
        let flags = state.feature_flags.values();
        let on = flags.filter(|flag| is_on_somewhere(state, flag, &id));
        page(query.as_deref(), on.collect())
    })?;
    Ok(no_store(Json(answer).into_response()))
}

fn is_on_somewhere(state: &Memory, flag: &FeatureFlag, user_id: &str) -> bool {
    let mut places = state.memberships.of(user_id).iter();
    flag.is_on(Some(user_id), None)
        || places.any(|place| flag.is_on(Some(user_id), Some(&place.organization_id)))
}

fn page(query: Option<&str>, mut flags: Vec<&FeatureFlag>) -> Result<Value, ApiError> {
    let mut paging = Paging::default();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        paging.take(&name, &value)?;
    }
    flags.sort_by_key(|flag| (flag.created_at, flag.id.as_str()));
    if !paging.oldest_first {
        flags.reverse();
    }
    paging.answer(
        &flags,
        |flag| flag.id.as_str(),
        |flag| shapes::feature_flag(flag),
    )
}

fn evaluable(flag: &FeatureFlag) -> Value {
    let targets = |targets: &BTreeMap<String, bool>| -> Vec<Value> {
        let targets = targets.iter();
        targets
            .map(|(id, on)| json!({ "id": id, "enabled": on }))
            .collect()
    };
    json!({
        "slug": flag.slug,
        "enabled": flag.enabled,
        "default_value": flag.default_value,
        "targets": { "users": targets(&flag.users), "organizations": targets(&flag.organizations) },
    })
}
