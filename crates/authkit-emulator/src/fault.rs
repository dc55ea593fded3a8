//! Faults on order, and a count of calls, per endpoint. Control sets them; a middleware on each route
//! applies them. A fault must never change the emulator's state: the real handler isn't called when a
//! fault answers in its place. A lost answer is no such place: it is the real handler's, thrown away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::Context;

/// What a fault or a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `GET /user_management/authorize`
    Authorize,
    /// `POST /user_management/authenticate`
    Authenticate,
    /// `GET /sso/jwks/{client_id}`
    Jwks,
    /// `GET /user_management/{client_id}/.well-known/openid-configuration`
    Discovery,
    /// `GET /user_management/sessions/logout`
    Logout,
    /// `POST /user_management/sessions/revoke`
    Revoke,
    /// `GET /user_management/users/{id}`
    Users,
    /// `GET /user_management/users`
    ListUsers,
    /// `POST /user_management/users`
    CreateUser,
    /// `PUT /user_management/users/{id}`
    UpdateUser,
    /// `DELETE /user_management/users/{id}`
    DeleteUser,
    /// `GET /user_management/organization_memberships`
    OrganizationMemberships,
    /// `GET` and `POST /user_management/redirect_uris`
    RedirectUris,
    /// `GET` and `POST /user_management/cors_origins`
    CorsOrigins,
}

/// Calls per endpoint since the start or the last reset, faulty answers included.
pub type Calls = BTreeMap<Endpoint, u64>;

/// What goes wrong. Parts combine: latency, then a lost answer, a broken connection or an answer with
/// a status, the first of these that is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Answer with this status in place of the real answer.
    pub status: Option<u16>,
    /// The answer's JSON body; the default is `{"message": "…"}`.
    pub json: Option<Value>,
    /// An HTML body, as gateways send it.
    pub html: Option<String>,
    /// The answer's `Retry-After`, in seconds (RFC 9110 §10.2.3).
    pub retry_after: Option<u32>,
    /// Wait this long first. Alone, the real answer follows.
    pub latency_ms: u64,
    /// Close the connection without an answer.
    pub reset: bool,
    /// Do what was asked, then close the connection without an answer.
    pub lose_answer: bool,
    /// Only for `authorize`: the browser returns with a code and no `state`.
    pub drop_state: bool,
    /// How often; without it until cleared.
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

    /// A slow, otherwise real, answer.
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

    /// A request that is carried out (a refresh token is used up), and whose answer never arrives.
    pub fn lost_answer() -> Fault {
        Fault {
            lose_answer: true,
            ..Fault::default()
        }
    }

    /// A callback that has lost its `state`.
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

    /// After a wait.
    pub fn after(self, latency: Duration) -> Fault {
        Fault {
            latency_ms: latency.as_millis().try_into().unwrap_or(u64::MAX),
            ..self
        }
    }

    /// So many times, then never again.
    pub fn times(self, times: u32) -> Fault {
        Fault {
            times: Some(times),
            ..self
        }
    }

    fn answer(&self) -> Option<Response> {
        if self.reset {
            return Some(broken_connection());
        }
        let status =
            StatusCode::from_u16(self.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match (&self.html, &self.json) {
            (Some(html), _) => (status, Html(html.clone())).into_response(),
            (None, Some(json)) => (status, Json(json.clone())).into_response(),
            (None, None) => {
                let message = status.canonical_reason().unwrap_or("Fault");
                (status, Json(serde_json::json!({ "message": message }))).into_response()
            }
        };
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(response)
    }
}

/// Marks a response that the server must not send: it closes the connection.
#[derive(Clone)]
pub struct BreakConnection;

fn broken_connection() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(BreakConnection);
    response
}

/// Faults on order, in order, and the counts.
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
    /// Orders a fault; faults of one endpoint are served in the order they were set.
    pub fn set(&self, endpoint: Endpoint, fault: Fault) {
        self.lock().orders.push((endpoint, fault));
    }

    /// Cancels all orders.
    pub fn clear(&self) {
        self.lock().orders.clear();
    }

    /// The counts.
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// Cancels all orders and counts from zero.
    pub fn reset(&self) {
        *self.lock() = Inner::default();
    }

    /// Whether this callback has to lose its state; uses up one of the order's times.
    pub fn take_drop_state(&self) -> bool {
        self.lock()
            .take(|at, fault| at == Endpoint::Authorize && fault.drop_state)
            .is_some()
    }

    fn count_and_take(&self, endpoint: Endpoint) -> Option<Fault> {
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

/// The middleware of one endpoint: counts the call and serves the fault on order, if any.
pub async fn apply(
    State((context, endpoint)): State<(Arc<Context>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = context.faults.count_and_take(endpoint) else {
        return next.run(request).await;
    };
    if fault.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    }
    if fault.lose_answer {
        next.run(request).await;
        return broken_connection();
    }
    match fault.answer() {
        Some(answer) => answer,
        None => next.run(request).await,
    }
}
