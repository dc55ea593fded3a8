//! [`AuditTrail`]: tells the app's hook who did what, and who was refused.
//!
//! Told by the steps of the login, the protection by path, guards and webhooks. Costs nothing without a hook, and never
//! lets one user's refusals become a flood.

use super::{
    caller::{Caller, NotAllowed, UserIdentity, guard::Denied},
    core::session_hash,
    hooks::{AuditAction, AuditClient, AuditEvent, Hooks},
};
use axum::extract::MatchedPath;
use http::{
    Extensions, HeaderMap,
    header::{HeaderName, USER_AGENT},
};
use moka::sync::Cache;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio_util::task::TaskTracker;

/// Time for which the same refusal of the same user is told once.
const REFUSED_AGAIN: Duration = Duration::from_secs(60);
/// Refusals remembered for that, at most.
const MAX_REFUSALS: u64 = 10_000;
/// The longest text kept of what a client says, in bytes.
const MAX_TEXT: usize = 256;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How the app finds a client's address, by the headers of a request and what its layers have put into it.
pub(super) type ClientAddress =
    Arc<dyn Fn(&HeaderMap, &Extensions) -> Option<IpAddr> + Send + Sync>;

/// Tells the app's hook. Clones share what they remember.
#[derive(Clone)]
pub(super) struct AuditTrail {
    hooks: Arc<Hooks>,
    client_address: Option<ClientAddress>,
    /// User, action, target and why.
    refusals: Cache<[String; 4], ()>,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
}

impl AuditTrail {
    pub fn new(
        hooks: Arc<Hooks>,
        client_address: Option<ClientAddress>,
        tasks: TaskTracker,
    ) -> Self {
        let refusals = Cache::builder()
            .max_capacity(MAX_REFUSALS)
            .time_to_live(REFUSED_AGAIN)
            .build();
        Self {
            hooks,
            client_address,
            refusals,
            tasks,
        }
    }

    /// Tells what has happened. The same refusal of the same user counts once a minute.
    pub fn tell(&self, event: AuditEvent) {
        if !self.hooks.audit.is_set() || self.is_told(&event) {
            return;
        }
        self.hooks.audit.tell(event, "on_audit_event", &self.tasks);
    }

    /// Tells that a guard refused (403) the caller of a request with these headers and extensions. Tells nothing of an
    /// unknown caller, nor of one who only has to sign in again.
    pub fn tell_refused(&self, why: &NotAllowed, headers: &HeaderMap, extensions: &Extensions) {
        let NotAllowed::Denied(denied @ Denied::Forbidden(_)) = why else {
            return;
        };
        let Some(caller) = Caller::latest(extensions).filter(|_| self.hooks.audit.is_set()) else {
            return;
        };
        let route = extensions.get::<MatchedPath>();
        self.tell(AuditEvent {
            because: Some(denied.to_string()),
            target: route.map(|route| route.as_str().to_owned()),
            client: Some(self.client(headers, extensions)),
            ..by(caller, AuditAction::Forbidden)
        });
    }

    /// Who sent a request with these.
    pub fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> AuditClient {
        let text = |name| {
            let text = headers.get(name)?.to_str().ok()?;
            // ASCII, so any byte is the end of a character.
            Some(text[..text.len().min(MAX_TEXT)].to_owned())
        };
        let find = self.client_address.as_ref();
        AuditClient {
            request_id: text(REQUEST_ID),
            ip_address: find.and_then(|find| find(headers, extensions)),
            user_agent: text(USER_AGENT),
        }
    }

    fn is_told(&self, event: &AuditEvent) -> bool {
        if !event.action.is_refusal() {
            return false;
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = [
            text(&event.user_id),
            event.action.name().to_owned(),
            text(&event.target),
            text(&event.because),
        ];
        !self.refusals.entry(key).or_insert(()).is_fresh()
    }
}

/// Something that this caller did, or was refused.
pub(super) fn by(caller: &Caller, action: AuditAction) -> AuditEvent {
    let identity = caller.identity().ok().flatten();
    // A session that can't be checked has a user, and proves no identity.
    let user_id = identity.map_or_else(|| caller.user_id(), |it| Some(it.id_here()));
    AuditEvent {
        user_id: user_id.map(str::to_owned),
        session: caller.session_id().map(session_hash),
        organization_id: identity
            .and_then(UserIdentity::organization_id)
            .map(str::to_owned),
        impersonator: identity
            .and_then(UserIdentity::impersonator)
            .map(str::to_owned),
        ..AuditEvent::now(action)
    }
}
