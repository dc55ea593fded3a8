//! `GET /events`: what has happened, page by page. Caller: tools of the app's operators, and apps that follow events
//! without a webhook. A parameter that the emulator does not know is refused rather than ignored.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::api::errors::ApiError;
use crate::api::event_names;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::bend::endpoint::Endpoint;
use crate::state::context::Context;
use crate::state::event_log::{LISTED_FOR, Logged};

/// Lists events, newest first by default.
pub async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::Events)?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let now = context.clock.now();
    let mut found = context.events.find(|event| query.wants(event, now));
    if !query.paging.oldest_first {
        found.reverse();
    }
    let shape = |event: &Logged| event.envelope.clone();
    let mut answer = query.paging.answer(&found, |it| it.id.as_str(), shape)?;
    // WorkOS names the next page of events only.
    if let Some(metadata) = answer["list_metadata"].as_object_mut() {
        metadata.remove("before");
    }
    Ok(no_store(Json(answer).into_response()))
}

#[derive(Default)]
struct Query {
    names: Vec<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    paging: Paging,
}

impl Query {
    fn parse(query: &str) -> Result<Query, ApiError> {
        let mut parsed = Query::default();
        let mut is_continued = false;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "events" | "events[]" => {
                    let names = value.split(',').filter(|name| !name.is_empty());
                    parsed.names.extend(names.map(str::to_owned));
                }
                "range_start" => parsed.start = Some(time(&value, "range_start")?),
                "range_end" => parsed.end = Some(time(&value, "range_end")?),
                "before" | "after" | "limit" | "order" => {
                    is_continued |= name == "after";
                    parsed.paging.take(&name, &value)?;
                }
                _ => return Err(ApiError::unknown_parameter(&name)),
            }
        }
        if parsed.names.is_empty() {
            return Err(ApiError::Missing { field: "events" });
        }
        if !parsed.names.iter().all(|name| event_names::is_known(name)) {
            return Err(ApiError::Invalid { field: "events" });
        }
        // WorkOS documents the two as mutually exclusive: a cursor says already where to begin.
        if is_continued && parsed.start.is_some() {
            return Err(ApiError::Invalid {
                field: "range_start",
            });
        }
        if parsed.start.zip(parsed.end).is_some_and(|(a, b)| b < a) {
            return Err(ApiError::Invalid { field: "range_end" });
        }
        Ok(parsed)
    }

    fn wants(&self, event: &Logged, now: Timestamp) -> bool {
        let at = event.happened_at;
        self.names.iter().any(|name| name == event.event)
            && now.duration_since(at) <= LISTED_FOR
            && self.start.is_none_or(|start| start <= at)
            && self.end.is_none_or(|end| at < end)
    }
}

fn time(value: &str, field: &'static str) -> Result<Timestamp, ApiError> {
    value.parse().map_err(|_| ApiError::Invalid { field })
}
