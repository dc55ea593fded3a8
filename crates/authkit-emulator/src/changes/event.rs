//! Events and their data, in the shapes of WorkOS's API (the models `SessionRevoked`, `UserDeleted` … of the SDK), and
//! [`tell`], which puts them in the outbox and the log. Callers: every change to a session, a user or a membership. No
//! event ever carries a token, a password or its hash.

use serde_json::{Value, json};

use crate::api::shapes;
use crate::state::clock::rfc3339;
use crate::state::context::Context;
use crate::state::event_log::Logged;
use crate::state::random;
use crate::state::store::memory::Memory;
use crate::state::store::model::{Membership, Session, User};
use crate::state::store::rights::{FeatureFlag, Role};

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
    RoleCreated(&'a Role),
    RoleUpdated(&'a Role),
    FlagCreated(&'a FeatureFlag),
    FlagUpdated(&'a FeatureFlag),
    FlagDeleted(&'a FeatureFlag),
    FlagRuleUpdated(&'a Memory, &'a FeatureFlag),
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
            Event::RoleCreated(_) => "role.created",
            Event::RoleUpdated(_) => "role.updated",
            Event::FlagCreated(_) => "flag.created",
            Event::FlagUpdated(_) => "flag.updated",
            Event::FlagDeleted(_) => "flag.deleted",
            Event::FlagRuleUpdated(..) => "flag.rule_updated",
        }
    }

    fn data(&self, context: &Context) -> Value {
        match self {
            Event::SessionCreated(it) | Event::SessionRevoked(it) => {
                shapes::session(it, context.session_ends_at(it))
            }
            Event::UserCreated(user) | Event::UserUpdated(user) | Event::UserDeleted(user) => {
                shapes::user(user)
            }
            Event::MembershipCreated(it)
            | Event::MembershipUpdated(it)
            | Event::MembershipDeleted(it) => shapes::membership(it),
            Event::RoleCreated(role) | Event::RoleUpdated(role) => shapes::role(role),
            Event::FlagCreated(flag)
            | Event::FlagUpdated(flag)
            | Event::FlagDeleted(flag)
            | Event::FlagRuleUpdated(_, flag) => {
                let mut shown = shapes::feature_flag(flag);
                shown["environment_id"] = json!("environment_emulator");
                shown
            }
        }
    }

    /// Who made the change, which events of flags tell, and the targets where these changed.
    fn context(&self, context: &Context) -> Option<Value> {
        let by_control = json!({
            "client_id": context.client_id,
            "actor": { "id": "emulator", "source": "api", "name": null },
        });
        match self {
            Event::FlagCreated(_) | Event::FlagUpdated(_) | Event::FlagDeleted(_) => {
                Some(by_control)
            }
            Event::FlagRuleUpdated(state, flag) => {
                let mut shown = by_control;
                shown["access_type"] = json!(access_type(flag));
                shown["configured_targets"] = targets(state, flag);
                shown["previous_attributes"] = json!({});
                Some(shown)
            }
            _ => None,
        }
    }
}

/// Logs a change, and tells the webhook, if one is set. Never waits. Call it inside the change itself, so that events keep
/// the order of changes.
pub fn tell(context: &Context, event: &Event<'_>) {
    let now = context.clock.now();
    let id = random::id_at("event", now);
    let mut envelope = json!({
        "object": "event",
        "id": id,
        "event": event.name(),
        "data": event.data(context),
        "created_at": rfc3339(now),
    });
    if let Some(shown) = event.context(context) {
        envelope["context"] = shown;
    }
    context
        .outbox
        .put(event.name(), || (id.clone(), envelope.to_string()));
    context.events.put(Logged {
        id,
        event: event.name(),
        happened_at: now,
        envelope,
    });
}

/// Whom the default value gives the flag to.
fn access_type(flag: &FeatureFlag) -> &'static str {
    let aimed = flag.users.values().chain(flag.organizations.values());
    match flag.default_value {
        true => "all",
        false if aimed.clone().any(|on| *on) => "some",
        false => "none",
    }
}

/// The targets that have the flag.
fn targets(state: &Memory, flag: &FeatureFlag) -> Value {
    let on = |(id, on): (&String, &bool)| on.then(|| id.clone());
    let users = flag.users.iter().filter_map(on);
    let users = users.filter_map(|id| state.users.get(&id));
    let organizations = flag.organizations.iter().filter_map(on);
    let organizations = organizations.filter_map(|id| state.organizations.get(&id));
    json!({
        "users": users.map(|it| json!({ "id": it.id, "email": it.email })).collect::<Vec<_>>(),
        "organizations": organizations
            .map(|it| json!({ "id": it.id, "name": it.name }))
            .collect::<Vec<_>>(),
    })
}
