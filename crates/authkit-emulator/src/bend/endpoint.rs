//! The endpoints of WorkOS by name, and counts of their calls. Callers: faults, restricted keys, the check of the API key,
//! the routes, control. The pages and the control interface are not endpoints of WorkOS and have no name here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An endpoint of WorkOS.
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
    /// `GET /sdk/feature-flags`
    FeatureFlags,
    /// `GET /organizations/{id}/feature-flags`
    OrganizationFeatureFlags,
    /// `GET /user_management/users/{id}/feature-flags`
    UserFeatureFlags,
    /// `GET` and `PUT /user_management/jwt_template`
    JwtTemplate,
    /// `GET /user_management/users/{id}/sessions`
    UserSessions,
    /// `GET /events`
    Events,
}

/// Calls per endpoint since the start or the last reset, including those answered with a fault.
pub type Calls = BTreeMap<Endpoint, u64>;
