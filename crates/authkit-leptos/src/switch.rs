//! [`Switch`]: how moving a session to another organization went.
//!
//! Made by the server's flow, read by pages and islands.

use crate::auth::Identity;
use serde::{Deserialize, Serialize};

/// The outcome of [`switch_to_organization`](super::functions::switch_to_organization).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// The session is in the organization; this is who the user is there.
    Done(Box<Identity>),
    /// The organization asks for more than this session has. The session is as it was.
    Continue {
        /// What it asks for.
        because: Requirement,
        /// A path of this app that leads the user through it, and back.
        continue_at: String,
    },
    /// The user is not a member. The session is as it was.
    NotAMember,
}

/// What an organization may ask for before it lets a session in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Requirement {
    /// `sso_required`: signing in through the organization's identity provider.
    SingleSignOn,
    /// `mfa_enrollment`: setting up a second factor.
    MfaEnrollment,
    /// `organization_selection_required`: choosing an organization at AuthKit.
    OrganizationSelection,
}

impl Requirement {
    /// WorkOS's code, for logs and for people who write to support.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SingleSignOn => "sso_required",
            Self::MfaEnrollment => "mfa_enrollment",
            Self::OrganizationSelection => "organization_selection_required",
        }
    }
}
