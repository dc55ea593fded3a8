//! Lists in pages, in WorkOS's format. Callers: the endpoints that list. The default is ten entries per page, so that an
//! app that reads only one page shows it here.

use serde_json::{Value, json};

use crate::api::errors::ApiError;

/// Default size of a page, as at WorkOS.
const DEFAULT_LIMIT: usize = 10;
/// Largest size of a page, as at WorkOS.
const MAX_LIMIT: usize = 100;

/// The page of a list that a request asks for.
#[derive(Default)]
pub struct Paging {
    before: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
    pub oldest_first: bool,
}

impl Paging {
    /// Reads a parameter of the query; ignores other names.
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "before" => self.before = Some(value.to_owned()),
            "after" => self.after = Some(value.to_owned()),
            "limit" => self.limit = Some(limit(value)?),
            "order" => self.oldest_first = oldest_first(value)?,
            _ => {}
        }
        Ok(())
    }

    /// The requested page of `found`, which is in order, as an answer.
    pub fn answer<T>(
        &self,
        found: &[T],
        id: impl Fn(&T) -> &str,
        shape: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let place = |wanted: &str, field| {
            let place = found.iter().position(|item| id(item) == wanted);
            place.ok_or(ApiError::Invalid { field })
        };
        let (start, end) = match (&self.after, &self.before) {
            (Some(_), Some(_)) => return Err(ApiError::Invalid { field: "before" }),
            (Some(after), None) => {
                let start = place(after, "after")? + 1;
                (start, found.len().min(start + limit))
            }
            (None, Some(before)) => {
                let end = place(before, "before")?;
                (end.saturating_sub(limit), end)
            }
            (None, None) => (0, found.len().min(limit)),
        };
        let items = &found[start..end];
        let data: Vec<Value> = items.iter().map(shape).collect();
        let before = items.first().filter(|_| start > 0).map(&id);
        let after = items.last().filter(|_| end < found.len()).map(&id);
        let metadata = json!({ "before": before, "after": after });
        Ok(json!({ "object": "list", "data": data, "list_metadata": metadata }))
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
