//! [`Refreshed`] and [`RefreshFailed`]: how a session was renewed, or not, as the app is told of it.
//!
//! Made by the refresher of the process that asked WorkOS. Hold no token.

/// A session has a new access token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshed {
    /// Whose session it is.
    pub user_id: String,
    /// WorkOS's id of the session.
    pub session_id: String,
    /// The organization that it is in.
    pub organization_id: Option<String>,
}

/// A session could not be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshFailed {
    /// Whose session it is.
    pub user_id: String,
    /// WorkOS's id of the session.
    pub session_id: String,
    /// The reason code, as the log has it.
    pub reason: &'static str,
    /// Whether a later try may work. Otherwise the session is over.
    pub is_transient: bool,
}
