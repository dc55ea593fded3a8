//! Whether WorkOS accepts the credentials, found out without a user and without changing anything.
//!
//! Called by `authkit doctor`, never during a request.

use super::{client::WorkOs, failure::Failure, gate::Class};
use workos::user_management::AuthenticateWithRefreshTokenParams;

/// A refresh token that does not exist.
const NO_TOKEN: &str = "not-a-refresh-token";

impl WorkOs {
    /// Whether the API key is the client's own: with a refresh token that can't be good, WorkOS has
    /// to refuse the token (RFC 6749 §5.2, `invalid_grant`) and not the client (`invalid_client`).
    ///
    /// # Errors
    /// [`Failure::Misconfigured`] if they do not belong together; others if that can't be found out.
    pub async fn check_credentials(&self) -> Result<(), Failure> {
        let params = AuthenticateWithRefreshTokenParams::new(NO_TOKEN);
        let api = self.client.user_management();
        let call = api.authenticate_with_refresh_token(params);
        match self.gate.call(Class::Other, call).await {
            Err(failure) if !failure.ends_session() => Err(failure),
            _ => Ok(()),
        }
    }
}
