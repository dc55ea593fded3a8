//! Moving a session to another organization: a refresh that names one.

use crate::authkit::{AuthError, Switch};

/// `POST /auth/switch-organization`.
pub async fn switch_to_organization(
    _organization_id: String,
    _return_to: Option<String>,
) -> Result<Switch, AuthError> {
    Err(AuthError::Internal)
}
