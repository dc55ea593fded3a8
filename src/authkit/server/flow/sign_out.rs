//! The last step: the session ends here and at AuthKit.

use super::Exchange;
use crate::authkit::{AuthError, paths, server::answer};

/// `POST /sign-out`.
///
/// Works with a token that has long expired, and while AuthKit is out of reach: the session id is
/// in the sealed cookie. Without a session it just leads to the signed-out page.
pub async fn sign_out() -> Result<(), AuthError> {
    let exchange = Exchange::current()?;
    let authkit = &exchange.authkit.inner;
    exchange.cookies.clear_session(&authkit.cookie);
    authkit.attempts.forget_all(&exchange.cookies).await;

    let signed_out_page = format!("{}{}", authkit.app_origin, paths::SIGNED_OUT);
    let target = exchange.session_id.and_then(|session_id| {
        exchange.authkit.deny(session_id.clone());
        // Without this, the next sign-in would silently let the same person in again.
        authkit.workos.logout_url(&session_id, signed_out_page).ok()
    });
    tracing::info!(
        reason = "signed_out",
        at_authkit = target.is_some(),
        "session ended"
    );
    answer::redirect(target.as_deref().unwrap_or(paths::SIGNED_OUT));
    Ok(())
}
