//! Events and their data, in the shapes of WorkOS's API (the models `SessionRevoked`, `UserDeleted` … of the SDK), and
//! [`tell`], which puts them in the outbox. Callers: every change to a session, a user or a membership. No event ever
//! carries a token, a password or its hash.

use serde_json::{Value, json};

use crate::api::shapes;
use crate::state::clock::{self, rfc3339};
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::model::{Membership, Session, User};

/// A change, with the record that it is about.
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
    /// The event's name in WorkOS's dashboard.
    fn name(&self) -> &'static str {
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

    fn data(&self, context: &Context) -> Value {
        match self {
            Event::SessionCreated(it) | Event::SessionRevoked(it) => {
                // A session has no lifetime of its own; it cannot outlive its refresh tokens.
                let lifetime = context.lifetimes().refresh_token;
                shapes::session(it, clock::after(it.created_at, lifetime))
            }
            Event::UserCreated(user) | Event::UserUpdated(user) | Event::UserDeleted(user) => {
                shapes::user(user)
            }
            Event::MembershipCreated(it)
            | Event::MembershipUpdated(it)
            | Event::MembershipDeleted(it) => shapes::membership(it),
        }
    }
}

/// Tells the webhook, if one is set, about a change. Never waits. Call it inside the change itself, so that events keep
/// the order of changes.
pub fn tell(context: &Context, event: &Event<'_>) {
    context.outbox.put(event.name(), || {
        let now = context.clock.now();
        let id = random::id_at("event", now);
        let envelope = json!({
            "object": "event",
            "id": id,
            "event": event.name(),
            "data": event.data(context),
            "created_at": rfc3339(now),
        });
        (id, envelope.to_string())
    });
}
