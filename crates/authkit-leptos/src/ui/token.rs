//! [`AccessTokenHandle`]: what an island asks for the access token.
//!
//! Exists on both sides, so that islands compile on both. Only the browser's half has a token to
//! give, and holds it in memory only.

use crate::error::AuthError;

/// Gets the session's access token; from [`use_access_token`](super::use_access_token).
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenHandle(pub(super) ());

impl AccessTokenHandle {
    /// The access token (a JWT, RFC 7519), with time left: for the header `Authorization: Bearer …`.
    ///
    /// Asked of the server the first time, kept in the page's memory, and asked for again when less
    /// than 20 seconds or a tenth of its life are left. Any number of callers at once make one
    /// request. While the server can't be reached, the last token is given for as long as it is
    /// good. Forgotten when the session ends.
    ///
    /// # Errors
    /// [`AuthError::SignedOut`] when there is no session, [`AuthError::Unavailable`] when it can't be
    /// checked right now, [`AuthError::Unreachable`] when the server did not answer, where there is no
    /// [`AuthProvider`](super::AuthProvider), and always on the server: code there has
    /// `server::access_token`.
    pub async fn get(self) -> Result<String, AuthError> {
        #[cfg(feature = "hydrate")]
        if let Some(page) = crate::browser::Page::current() {
            return send_wrapper::SendWrapper::new(crate::browser::fresh_token(page)).await;
        }
        Err(AuthError::Unreachable)
    }
}
