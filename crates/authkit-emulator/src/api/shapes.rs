//! Users, memberships, sessions, roles and flags as JSON, in the shapes of WorkOS's API. Callers: the API, the token endpoint, events
//! and control. Pure. A password hash must never appear here.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::state::clock::rfc3339;
use crate::state::store::model::{Membership, Organization, Session, User};
use crate::state::store::rights::{FeatureFlag, Role};

/// A user.
pub fn user(user: &User) -> Value {
    json!({
        "object": "user",
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": user.full_name(),
        "profile_picture_url": user.profile_picture_url,
        "last_sign_in_at": user.last_sign_in_at.map(rfc3339),
        "external_id": user.external_id,
        "metadata": user.metadata,
        "locale": null,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    })
}

/// An organization.
pub fn organization(organization: &Organization) -> Value {
    json!({
        "object": "organization",
        "id": organization.id,
        "name": organization.name,
        "domains": [],
        "external_id": organization.external_id,
        "metadata": organization.metadata,
        "created_at": rfc3339(organization.created_at),
        "updated_at": rfc3339(organization.created_at),
    })
}

/// What a JWT template knows of: the user, and their organization with the membership, if they are in one.
pub fn template_data(user_: &User, place: Option<(&Organization, &Membership)>) -> Value {
    let mut data = json!({ "user": user(user_) });
    if let Some(user) = data["user"].as_object_mut() {
        user.remove("last_sign_in_at");
    }
    if let Some((organization_, membership)) = place {
        data["organization"] = organization(organization_);
        data["organization_membership"] = json!({
            "object": "organization_membership",
            "id": membership.id,
            "role": membership.role,
            "roles": membership.roles().collect::<Vec<_>>(),
            "custom_attributes": {},
            "created_at": rfc3339(membership.created_at),
            "updated_at": rfc3339(membership.changed_at.unwrap_or(membership.created_at)),
        });
    }
    data
}

/// A membership as events show it. Lists add the user and the organization's name.
pub fn membership(membership: &Membership) -> Value {
    let role = |slug: &str| json!({ "slug": slug });
    let roles: Vec<Value> = membership.roles().map(role).collect();
    let updated_at = membership.changed_at.unwrap_or(membership.created_at);
    json!({
        "object": "organization_membership",
        "id": membership.id,
        "user_id": membership.user_id,
        "organization_id": membership.organization_id,
        "status": "active",
        "directory_managed": false,
        "custom_attributes": {},
        "created_at": rfc3339(membership.created_at),
        "updated_at": rfc3339(updated_at),
        "role": role(&membership.role),
        "roles": roles,
    })
}

/// A feature flag. Events add the environment.
pub fn feature_flag(flag: &FeatureFlag) -> Value {
    json!({
        "object": "feature_flag",
        "id": flag.id,
        "slug": flag.slug,
        "name": flag.name,
        "description": null,
        "owner": null,
        "tags": [],
        "enabled": flag.enabled,
        "default_value": flag.default_value,
        "created_at": rfc3339(flag.created_at),
        "updated_at": rfc3339(flag.updated_at),
    })
}

/// A role as events show it.
pub fn role(role: &Role) -> Value {
    json!({
        "object": "role",
        "slug": role.slug,
        "resource_type_slug": "organization",
        "permissions": role.permissions,
        "created_at": rfc3339(role.created_at),
        "updated_at": rfc3339(role.updated_at),
    })
}

/// A session as events show it.
pub fn session(session: &Session, expires_at: Timestamp) -> Value {
    let status = match session.ended_at {
        None => "active",
        Some(_) => "revoked",
    };
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
