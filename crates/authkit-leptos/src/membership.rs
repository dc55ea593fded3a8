//! [`Membership`]: an organization that a user belongs to.
//!
//! Asked of WorkOS by the server when a page lists them; not part of a session.

use serde::{Deserialize, Serialize};

/// An organization that a user belongs to, and could switch to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Membership {
    /// `org_…`.
    pub organization_id: String,
    /// The organization's name; its id where it has none.
    pub organization_name: String,
    /// The slug of the user's role there.
    pub role: String,
}
