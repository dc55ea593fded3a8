//! `POST /webhooks/workos`: what WorkOS tells us without being asked.
//!
//! Put into the app's router by [`AuthKit::webhooks`], outside of the layers for browsers. Believes
//! nothing that isn't signed; a replay does no harm.

use super::AuthKit;
use crate::authkit::paths;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    response::IntoResponse,
    routing::post,
};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};
use workos::WebhookVerifier;

/// The header that carries time and signature.
const SIGNATURE: &str = "workos-signature";
/// The longest event read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// An event, as far as sessions go.
#[derive(Deserialize)]
struct Event {
    event: String,
    data: Value,
}

impl AuthKit {
    /// The route for WorkOS's webhooks. Merge it into the app's router **outside** of
    /// [`layer`](Self::layer) and [`same_origin_layer`](super::same_origin_layer).
    ///
    /// Without `WORKOS_WEBHOOK_SECRET` it answers 404.
    pub fn webhooks<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route(paths::WEBHOOKS, post(receive))
            .layer(DefaultBodyLimit::max(MAX_LENGTH))
            .with_state(self.clone())
    }
}

async fn receive(
    State(authkit): State<AuthKit>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let Some(secret) = &authkit.inner.webhook_secret else {
        tracing::warn!(
            reason = "webhook_unconfigured",
            "a webhook was not read: set WORKOS_WEBHOOK_SECRET"
        );
        return (StatusCode::NOT_FOUND, "not configured");
    };
    let Some(body) = verified(&authkit, secret, &headers, &body) else {
        tracing::warn!(
            reason = "webhook_signature",
            "a webhook was refused: it is not signed with WORKOS_WEBHOOK_SECRET, or too old"
        );
        return (StatusCode::BAD_REQUEST, "not signed as expected");
    };
    let Ok(Event { event, data }) = serde_json::from_str(&body) else {
        tracing::debug!(reason = "webhook", "not an event this program knows");
        return (StatusCode::OK, "ok");
    };
    let id = data.get("id").and_then(Value::as_str);
    if let ("session.revoked" | "user.deleted", Some(id)) = (event.as_str(), id) {
        tracing::info!(reason = "webhook", event, id, "ended by WorkOS");
        if let Err(error) = authkit.deny_everywhere(id.to_owned()).await {
            // WorkOS sends it again later.
            tracing::warn!(reason = "ledger_unavailable", %error, "a webhook could not be recorded");
            return (StatusCode::SERVICE_UNAVAILABLE, "not recorded");
        }
    }
    (StatusCode::OK, "ok")
}

/// The body, if WorkOS has signed it within the last three minutes.
fn verified(
    authkit: &AuthKit,
    secret: &SecretString,
    headers: &HeaderMap,
    body: &Bytes,
) -> Option<String> {
    let signature = headers.get(SIGNATURE)?.to_str().ok()?;
    let body = std::str::from_utf8(body).ok()?;
    let clock = authkit.inner.clock.clone();
    let verifier = WebhookVerifier::new(secret.expose_secret())
        .with_clock(move || UNIX_EPOCH + Duration::from_secs(clock.now()));
    verifier.verify_payload(signature, body).ok()
}
