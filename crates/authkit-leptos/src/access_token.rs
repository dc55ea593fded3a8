//! [`AccessToken`]: the one way a token reaches a browser, because its script asked for it.
//!
//! Answered by `POST /auth/access-token`, kept in the memory of one page. Never rendered into HTML,
//! never stored, and `Debug` does not show it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An access token for calling other services (RFC 6750), and for how long it is good.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The JWT, for the header `Authorization: Bearer …`.
    pub token: String,
    /// Seconds until it expires, counted from the answer: a browser's clock may be wrong.
    pub expires_in: u64,
    /// The session it is of, so that a page made for another one can tell.
    pub session_id: String,
    /// The organization it is for.
    pub organization_id: Option<String>,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
