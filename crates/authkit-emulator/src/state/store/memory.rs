//! Everything that the emulator remembers: one value, one JSON file on disk, one mutex around it. The store
//! owns it; `queries` and `seeding` implement its methods. Secrets (refresh tokens, codes, browser cookies) must
//! appear here only as fingerprints.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::memberships::Memberships;
use super::model::{AuthorizationCode, BrowserSession, Invitation, Organization, StepUp};
use super::refresh_tokens::RefreshTokens;
use super::rights::{FeatureFlag, Role};
use super::sessions::Sessions;
use super::users::Users;
use crate::state::jwt_template::JwtTemplate;
use crate::state::keys::KeyRing;
use crate::state::registered::Address;

/// All records, keyed by id; maps of secrets are keyed by fingerprint.
#[derive(Debug, Serialize, Deserialize)]
pub struct Memory {
    /// The signing keys, the current one first.
    pub keys: KeyRing,
    /// Fingerprint of the seed that was applied last.
    #[serde(default)]
    pub seed: String,
    /// Users by id.
    pub users: Users,
    /// Organizations by id.
    pub organizations: BTreeMap<String, Organization>,
    /// Memberships by user.
    pub memberships: Memberships,
    /// Roles by slug.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// Feature flags by slug.
    #[serde(default)]
    pub feature_flags: BTreeMap<String, FeatureFlag>,
    /// Invitations by token.
    pub invitations: BTreeMap<String, Invitation>,
    /// Sessions by `sid`.
    pub sessions: Sessions,
    /// Refresh tokens by fingerprint.
    pub refresh_tokens: RefreshTokens,
    /// Sessions of browsers at the emulator itself, by fingerprint of their cookie.
    pub browser_sessions: BTreeMap<String, BrowserSession>,
    /// The JWT template, if one was set.
    #[serde(default)]
    pub jwt_template: Option<JwtTemplate>,
    /// Redirect URIs registered over the API.
    #[serde(default)]
    pub redirect_uris: Vec<Address>,
    /// CORS origins registered over the API.
    #[serde(default)]
    pub cors_origins: Vec<Address>,
    /// Authorization codes by fingerprint. They live for minutes and do not survive a restart.
    #[serde(skip)]
    pub codes: HashMap<String, AuthorizationCode>,
    /// Tickets of the step-up page by fingerprint, as short-lived as codes.
    #[serde(skip)]
    pub step_ups: HashMap<String, StepUp>,
    /// Number of entries at which the next tidy-up runs.
    #[serde(skip)]
    pub tidy_from: usize,
}
