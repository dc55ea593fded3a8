//! `POST /webhooks/workos`: what WorkOS tells us without being asked.
//!
//! Put into the app's router by [`AuthKit::webhooks`](super::AuthKit::webhooks), outside of the layers for browsers. Believes
//! nothing that isn't signed, and reads no body without a recent signature; a replay does no harm. Answers 200 only when the ledger
//! and the app's listener have taken the event, and within a second: WorkOS sends again what is answered otherwise.

use super::{
    audit_trail::AuditTrail,
    core::clock::Clock,
    hooks::AuditEvent,
    ledger::{About, LedgerError},
    metrics::{self, Cause},
    revocations::Revocations,
    user_event::{UserEvent, UserSnapshot, Users},
};
use crate::{auth::User, paths};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use workos::{WebhookVerifier, parse_webhook_signature_header};

/// The header that carries time and signature.
const SIGNATURE: &str = "workos-signature";
/// The longest event read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;
/// How far the time of a signature may be from ours.
const TOLERANCE: Duration = Duration::from_secs(180);

/// The longest id or slug that is noted, in bytes.
const MAX_ID_LENGTH: usize = 255;
/// How long the database may take to note what concerns sessions.
const MOMENT: Duration = Duration::from_millis(800);

/// An event, whatever it is about.
#[derive(Deserialize)]
pub(super) struct Event {
    event: String,
    data: Value,
    created_at: Option<jiff::Timestamp>,
}

/// What the events that matter here say.
pub(super) enum News {
    /// A session is over.
    Revoked(String),
    /// Something has become of a user.
    User(UserEvent),
    /// Rights of a user have changed.
    Rights(About, String),
    /// Nothing for us.
    Other,
}

/// The fields of a user that are kept. WorkOS may have others, and leave out those that are `null`.
#[derive(Deserialize)]
struct UserData {
    id: String,
    email: String,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    profile_picture_url: Option<String>,
    updated_at: jiff::Timestamp,
}

/// What a session, or a user that is gone, is known by.
#[derive(Deserialize)]
struct Session {
    id: Id,
}

/// Whose place in an organization it is.
#[derive(Deserialize)]
struct Membership {
    user_id: Id,
}

/// A role of the environment, or of an organization.
#[derive(Deserialize)]
struct Role {
    slug: Id,
}

/// An id or a slug of a length that is worth noting.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Id(String);

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match (1..=MAX_ID_LENGTH).contains(&text.len()) {
            true => Ok(Self(text)),
            false => Err("an id of 1 to 255 bytes"),
        }
    }
}

impl Event {
    pub(super) fn news(self) -> Result<News, serde_json::Error> {
        let Self { event, data, .. } = self;
        let id = |data| serde_json::from_value(data).map(|Session { id: Id(id) }| id);
        let snapshot = |data| serde_json::from_value(data).map(UserData::into_snapshot);
        Ok(match event.as_str() {
            "session.revoked" => News::Revoked(id(data)?),
            "user.created" => News::User(UserEvent::Created(snapshot(data)?)),
            "user.updated" => News::User(UserEvent::Updated(snapshot(data)?)),
            "user.deleted" => News::User(UserEvent::Deleted { user_id: id(data)? }),
            "organization_membership.updated" | "organization_membership.deleted" => {
                let Membership { user_id: Id(id) } = serde_json::from_value(data)?;
                News::Rights(About::User, id)
            }
            "role.updated"
            | "role.deleted"
            | "organization_role.updated"
            | "organization_role.deleted" => {
                let Role { slug: Id(slug) } = serde_json::from_value(data)?;
                News::Rights(About::Role, slug)
            }
            _ => News::Other,
        })
    }
}

impl UserData {
    fn into_snapshot(self) -> UserSnapshot {
        UserSnapshot {
            updated_at: self.updated_at.as_millisecond(),
            user: User {
                id: self.id,
                email: self.email,
                email_verified: self.email_verified,
                first_name: self.first_name,
                last_name: self.last_name,
                profile_picture_url: self.profile_picture_url,
            },
        }
    }
}

/// What webhooks are read with, and whom they concern.
#[derive(Clone)]
pub(super) struct Webhooks {
    /// `WORKOS_WEBHOOK_SECRET`.
    pub secret: Option<SecretString>,
    pub revocations: Arc<Revocations>,
    pub audit: AuditTrail,
    pub users: Arc<Users>,
    pub clock: Clock,
}

impl Webhooks {
    /// The route.
    pub fn route<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route(paths::WEBHOOKS, post(receive))
            .layer(DefaultBodyLimit::max(MAX_LENGTH))
            .with_state(self)
    }
}

async fn receive(State(webhooks): State<Webhooks>, request: Request) -> Response {
    let Some(secret) = &webhooks.secret else {
        tracing::warn!(
            reason = "webhook_unconfigured",
            "a webhook was not read: set WORKOS_WEBHOOK_SECRET"
        );
        return (StatusCode::NOT_FOUND, "not configured").into_response();
    };
    let now = webhooks.clock.now();
    let Some(signature) = Signature::read(request.headers(), now) else {
        return not_signed();
    };
    // An event may be 16 times as long as any other body here.
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    match signature.verify(secret, now, &body) {
        Some(body) => note(&webhooks, &body).await.into_response(),
        None => not_signed(),
    }
}

fn not_signed() -> Response {
    tracing::warn!(
        reason = "webhook_signature",
        "a webhook was refused: it is not signed with WORKOS_WEBHOOK_SECRET, or too old"
    );
    (StatusCode::BAD_REQUEST, "not signed as expected").into_response()
}

async fn note(webhooks: &Webhooks, body: &str) -> (StatusCode, &'static str) {
    let Ok(event) = serde_json::from_str::<Event>(body) else {
        tracing::debug!(
            reason = "webhook_unknown",
            "not an event this program knows"
        );
        return (StatusCode::OK, "ok");
    };
    let name = event.event.clone();
    let at = event.created_at;
    let news = match event.news() {
        Ok(news) => news,
        // WorkOS has signed it, so sending it again would change nothing.
        Err(_) => {
            tracing::warn!(
                reason = "webhook_data",
                event = name,
                "a webhook was passed over: its data are not as expected"
            );
            return (StatusCode::OK, "ok");
        }
    };
    let noted = match news {
        News::Other => true,
        News::Revoked(session_id) => ended(webhooks, &name, session_id).await,
        News::User(event @ UserEvent::Deleted { .. }) => {
            let user_id = event.user_id().to_owned();
            let (denied, told) =
                tokio::join!(ended(webhooks, &name, user_id), webhooks.users.tell(event));
            denied && told
        }
        News::User(event) => webhooks.users.tell(event).await,
        News::Rights(about, id) => rights_changed(webhooks, &name, about, &id, at).await,
    };
    match noted {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not recorded"),
    }
}

/// Denies a session or a user, here at once. Whether the database has noted it, for the other processes.
async fn ended(webhooks: &Webhooks, event: &str, id: String) -> bool {
    tracing::info!(reason = "webhook_ended", event, id, "ended by WorkOS");
    metrics::revocation(Cause::WorkOs);
    let is_news = !webhooks.revocations.denies(&id);
    let event = AuditEvent::ended(&id, "workos");
    let is_noted = noted(webhooks.revocations.deny_everywhere(id)).await;
    if is_news {
        webhooks.audit.tell(event);
    }
    is_noted
}

/// Has tokens from before the event renewed before they count, here at once. Whether the database has noted
/// it, for the other processes.
async fn rights_changed(
    webhooks: &Webhooks,
    event: &str,
    about: About,
    id: &str,
    at: Option<jiff::Timestamp>,
) -> bool {
    tracing::info!(
        reason = "webhook_rights",
        event,
        id,
        "rights changed at WorkOS"
    );
    let now = webhooks.clock.now();
    let at = at.and_then(|at| u64::try_from(at.as_second()).ok());
    // An event of the future would have tokens renewed again and again until then.
    let issued_until = at.map_or(now, |at| at.min(now + TOLERANCE.as_secs()));
    let revocations = &webhooks.revocations;
    noted(revocations.rights_changed(about, id, issued_until)).await
}

async fn noted(recording: impl Future<Output = Result<(), LedgerError>>) -> bool {
    let problem = match tokio::time::timeout(MOMENT, recording).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::warn!(
        reason = "ledger_unavailable",
        problem,
        "a webhook could not be recorded"
    );
    false
}

/// What the header says about time and signature, as far as that can be told without the body.
pub(super) struct Signature(String);

impl Signature {
    /// `None` without a signature, or with one of another time.
    pub(super) fn read(headers: &HeaderMap, now: u64) -> Option<Self> {
        let text = headers.get(SIGNATURE)?.to_str().ok()?;
        let (at, _) = parse_webhook_signature_header(text).ok()?;
        let at = Duration::from_millis(at.parse().ok()?);
        let is_recent = at.abs_diff(Duration::from_secs(now)) <= TOLERANCE;
        is_recent.then(|| Self(text.to_owned()))
    }

    /// The body, if it is what WorkOS has signed.
    pub(super) fn verify(&self, secret: &SecretString, now: u64, body: &[u8]) -> Option<String> {
        let body = std::str::from_utf8(body).ok()?;
        let verifier = WebhookVerifier::new(secret.expose_secret())
            .with_tolerance(TOLERANCE)
            .with_clock(move || UNIX_EPOCH + Duration::from_secs(now));
        verifier.verify_payload(&self.0, body).ok()
    }
}
