//! What has happened in this environment, as WorkOS tells it.
//!
//! Called by `authkit events`, never during a request.

use super::{client::WorkOs, failure::Failure, gate::Class};
use jiff::Timestamp;
use workos::{EventSchema, PaginationOrder, events::ListEventsParams};

/// The largest page WorkOS gives.
const PAGE: i64 = 100;

/// A page of events, the oldest first.
#[derive(Debug)]
pub struct EventPage {
    /// A hundred at most, as WorkOS describes them: their data may be secret.
    pub events: Vec<EventSchema>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Where a page of events begins.
#[derive(Clone, Debug)]
pub enum EventsFrom {
    /// With the first event that is not older. WorkOS keeps events for 30 days.
    Time(Timestamp),
    /// After the event with this id.
    Event(String),
}

impl WorkOs {
    /// Events of these names.
    ///
    /// # Errors
    /// [`Failure`]; 400 or 422 for a name that WorkOS does not know, or none.
    pub async fn events(&self, names: &[String], from: &EventsFrom) -> Result<EventPage, Failure> {
        let mut params = ListEventsParams {
            limit: Some(PAGE),
            order: Some(PaginationOrder::Asc),
            ..ListEventsParams::new(names.to_vec())
        };
        // One of the two: WorkOS documents that they exclude each other.
        match from {
            EventsFrom::Time(time) => params.range_start = Some(format!("{time:.3}")),
            EventsFrom::Event(id) => params.after = Some(id.clone()),
        }
        let api = self.client.events();
        let list = self
            .gate
            .call(Class::Other, api.list_events(params))
            .await?;
        Ok(EventPage {
            events: list.data,
            has_more: list.list_metadata.after.is_some(),
        })
    }
}
