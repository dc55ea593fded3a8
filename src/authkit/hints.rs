//! [`Hints`]: what a link that starts a sign-in may say about it.
//!
//! Read by the server functions, passed through to WorkOS as it is. Nothing here is trusted.

use serde::{Deserialize, Serialize};

/// What an app may tell AuthKit about a sign-in: query parameters of `/sign-in` and `/sign-up`,
/// passed through to WorkOS's `GET /user_management/authorize` under the same names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// E-mail address to fill in.
    pub login_hint: Option<String>,
    /// Organization to sign in to.
    pub organization_id: Option<String>,
    /// Domain whose single sign-on connection is looked up.
    pub domain_hint: Option<String>,
    /// Single sign-on connection to use.
    pub connection_id: Option<String>,
    /// OAuth provider to use, such as `GoogleOAuth`; `authkit` when nothing else is named.
    pub provider: Option<String>,
    /// `login`, `none`, `consent` or `select_account` (OpenID Connect Core §3.1.2.1).
    pub prompt: Option<String>,
    /// Seconds since the last active sign-in after which the user is asked again.
    pub max_age: Option<String>,
    /// Invitation to accept.
    pub invitation_token: Option<String>,
}
