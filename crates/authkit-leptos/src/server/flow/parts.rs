//! [`Flow`]: what the steps of the login work with.
//!
//! Made once by `AuthKit`, lent to each request by the layer.

use super::token_request::TokenRequests;
use crate::server::{
    attempts::Attempts,
    audit_trail::AuditTrail,
    caller::PublishedClaims,
    config::{CookieConfig, RedirectUris},
    core::{clock::Clock, seal::Sealer},
    hooks::Hooks,
    refresh::Refresher,
    revocations::Revocations,
    sign_in_notice::SignInNotices,
    sign_out_target::SignOutTarget,
    workos::WorkOs,
};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What the steps work with.
pub(crate) struct Flow {
    pub redirect_uris: RedirectUris,
    pub cookie: CookieConfig,
    pub sealer: Arc<Sealer>,
    pub workos: Arc<WorkOs>,
    pub attempts: Attempts,
    pub sign_in_notices: SignInNotices,
    pub sign_out_target: SignOutTarget,
    pub token_requests: TokenRequests,
    pub refresher: Arc<Refresher>,
    pub revocations: Arc<Revocations>,
    pub hooks: Arc<Hooks>,
    pub audit: AuditTrail,
    pub clock: Clock,
    /// What pages may know of the claims.
    pub published_claims: PublishedClaims,
    /// Tasks that are finished before the process ends.
    pub tasks: TaskTracker,
}
