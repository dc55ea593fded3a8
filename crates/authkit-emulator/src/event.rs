//! What WorkOS tells an app unasked: events and their data, in the shapes of its API (the models
//! `SessionRevoked`, `UserDeleted` … of the SDK). Callers: whatever changes a session, a user or a
//! membership.
//! No event ever carries a token, a password or its hash.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::{self, rfc3339};
use super::context::Context;
use super::organization_memberships;
use super::random;
use super::store::model::{Membership, Session, User};
use super::users;

/// What has happened, and to whom.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    SessionCreated(&'a Session),
    SessionRevoked(&'a Session),
    UserCreated(&'a User),
    UserUpdated(&'a User),
    UserDeleted(&'a User),
    MembershipCreated(&'a Membership),
    MembershipUpdated(&'a Membership),
    MembershipDeleted(&'a Membership),
}

impl Event<'_> {
    /// The event's name, as WorkOS's dashboard lists it.
    pub fn name(&self) -> &'static str {
        match self {
            Event::SessionCreated(_) => "session.created",
            Event::SessionRevoked(_) => "session.revoked",
            Event::UserCreated(_) => "user.created",
            Event::UserUpdated(_) => "user.updated",
            Event::UserDeleted(_) => "user.deleted",
            Event::MembershipCreated(_) => "organization_membership.created",
            Event::MembershipUpdated(_) => "organization_membership.updated",
            Event::MembershipDeleted(_) => "organization_membership.deleted",
        }
    }

    /// The event's id and its envelope.
    pub fn envelope(&self, context: &Context) -> (String, Value) {
        let now = context.clock.now();
        let id = random::id_at("event", now);
        let envelope = json!({
            "object": "event",
            "id": id,
            "event": self.name(),
            "data": self.data(context),
            "created_at": rfc3339(now),
        });
        (id, envelope)
    }

    fn data(&self, context: &Context) -> Value {
        match self {
            Event::SessionCreated(it) | Event::SessionRevoked(it) => session(context, it),
            Event::UserCreated(user) | Event::UserUpdated(user) | Event::UserDeleted(user) => {
                users::json(user)
            }
            Event::MembershipCreated(it)
            | Event::MembershipUpdated(it)
            | Event::MembershipDeleted(it) => organization_memberships::json(it),
        }
    }
}

fn session(context: &Context, session: &Session) -> Value {
    let status = match session.ended_at {
        None => "active",
        Some(_) => "revoked",
    };
    // A session of the emulator has no end of its own; it can't outlive its refresh tokens.
    let expires_at: Timestamp = clock::after(session.created_at, context.lifetimes().refresh_token);
    json!({
        "object": "session",
        "id": session.id,
        "impersonator": session.impersonator,
        "ip_address": null,
        "organization_id": session.organization_id,
        "user_agent": null,
        "user_id": session.user_id,
        "auth_method": session.method().in_events(),
        "status": status,
        "expires_at": rfc3339(expires_at),
        "ended_at": session.ended_at.map(rfc3339),
        "created_at": rfc3339(session.created_at),
        "updated_at": rfc3339(session.ended_at.unwrap_or(session.created_at)),
    })
}
