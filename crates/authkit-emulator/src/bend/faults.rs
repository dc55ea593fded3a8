//! Faults that control has set, and counts of calls, per endpoint. Callers: control sets them, `fault_layer` serves
//! them, the callback asks whether to drop its state. Data only: it knows no request and no response.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bend::endpoint::{Calls, Endpoint};

/// A fault. Its parts combine: first the latency, then the first that is set of a lost answer, a broken connection and
/// an answer with a status.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Answer with this status instead of the real answer.
    pub status: Option<u16>,
    /// The answer's JSON body; the default is `{"message": "…"}`.
    pub json: Option<Value>,
    /// An HTML body, as gateways send it.
    pub html: Option<String>,
    /// The answer's `Retry-After`, in seconds (RFC 9110 §10.2.3).
    pub retry_after: Option<u32>,
    /// Delay before anything else, in milliseconds. On its own, the real answer follows.
    pub latency_ms: u64,
    /// Close the connection without an answer.
    pub reset: bool,
    /// Handle the request, then close the connection without an answer.
    pub lose_answer: bool,
    /// Only for `authorize`: the browser returns with a code but without `state`.
    pub drop_state: bool,
    /// Number of times; without it, until cleared.
    pub times: Option<u32>,
}

impl Fault {
    /// An answer with this status.
    pub fn status(status: u16) -> Fault {
        Fault {
            status: Some(status),
            ..Fault::default()
        }
    }

    /// The real answer, delayed.
    pub fn latency(latency: Duration) -> Fault {
        Fault::default().after(latency)
    }

    /// A connection closed without an answer.
    pub fn reset() -> Fault {
        Fault {
            reset: true,
            ..Fault::default()
        }
    }

    /// A request that is handled (a refresh token is used up) and whose answer never arrives.
    pub fn lost_answer() -> Fault {
        Fault {
            lose_answer: true,
            ..Fault::default()
        }
    }

    /// A callback without its `state`.
    pub fn drop_state() -> Fault {
        Fault {
            drop_state: true,
            ..Fault::default()
        }
    }

    /// With this JSON body.
    pub fn json(self, json: Value) -> Fault {
        Fault {
            json: Some(json),
            ..self
        }
    }

    /// With this HTML body.
    pub fn html(self, html: impl Into<String>) -> Fault {
        Fault {
            html: Some(html.into()),
            ..self
        }
    }

    /// With a `Retry-After` header.
    pub fn retry_after(self, seconds: u32) -> Fault {
        Fault {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// After a delay.
    pub fn after(self, latency: Duration) -> Fault {
        Fault {
            latency_ms: latency.as_millis().try_into().unwrap_or(u64::MAX),
            ..self
        }
    }

    /// Limited to a number of times.
    pub fn times(self, times: u32) -> Fault {
        Fault {
            times: Some(times),
            ..self
        }
    }
}

/// The faults that are set, in order, and the counts of calls.
#[derive(Default)]
pub struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    orders: Vec<(Endpoint, Fault)>,
    calls: Calls,
}

impl Faults {
    /// Sets a fault; faults of one endpoint are served in the order they were set.
    pub fn set(&self, endpoint: Endpoint, fault: Fault) {
        self.lock().orders.push((endpoint, fault));
    }

    /// Cancels all faults.
    pub fn clear(&self) {
        self.lock().orders.clear();
    }

    /// Calls per endpoint.
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// Cancels all faults and sets the counts to zero.
    pub fn reset(&self) {
        *self.lock() = Inner::default();
    }

    /// Whether this callback must drop its state; uses up one of the fault's times.
    pub fn take_drop_state(&self) -> bool {
        self.lock()
            .take(|at, fault| at == Endpoint::Authorize && fault.drop_state)
            .is_some()
    }

    /// Counts a call and takes the fault that it meets, if any; uses up one of its times.
    pub fn count_and_take(&self, endpoint: Endpoint) -> Option<Fault> {
        let mut inner = self.lock();
        *inner.calls.entry(endpoint).or_default() += 1;
        inner.take(|at, fault| at == endpoint && !fault.drop_state)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self, wanted: impl Fn(Endpoint, &Fault) -> bool) -> Option<Fault> {
        self.orders.retain(|(_, fault)| fault.times != Some(0));
        let (_, fault) = self
            .orders
            .iter_mut()
            .find(|(at, fault)| wanted(*at, fault))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.clone())
    }
}
