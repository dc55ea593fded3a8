//! The last step: the session ends here and at AuthKit.

use super::Exchange;
use crate::{
    AuthError, paths,
    server::{answer, request::browsers_only},
};

/// `POST /sign-out`.
///
/// Works with a token that has long expired, and while AuthKit is out of reach: the session id is
/// in the sealed cookie. Without a session it just leads to the signed-out page.
///
/// A program ends the session that its token of AuthKit stands for. With any other token there is none
/// to end, and it is told so.
pub async fn sign_out() -> Result<(), AuthError> {
    let exchange = Exchange::current()?;
    if exchange.session_id.is_none() {
        browsers_only()?;
    }
    let authkit = &exchange.authkit.inner;
    exchange.cookies.clear_session(&authkit.cookie);
    if let Some(session_id) = &exchange.session_id {
        authkit.revocations.leave(session_id.clone());
    }
    authkit.attempts.forget_all(&exchange.cookies);

    let signed_out_page = format!("{}{}", authkit.border.origin(), paths::SIGNED_OUT);
    if exchange.session_id.is_some() && authkit.refresher.is_held_back() {
        // A browser that is led there would get no page at all. Its session there lives until WorkOS is told.
        tracing::warn!(
            reason = "signed_out",
            at_authkit = false,
            "session ended here; WorkOS does not answer, and is told later"
        );
        let (name, value) = paths::STILL_AT_AUTHKIT;
        answer::redirect(&format!("{}?{name}={value}", paths::SIGNED_OUT));
        return Ok(());
    }
    // Without this, the next sign-in would silently let the same person in again.
    let target = exchange
        .session_id
        .and_then(|id| authkit.workos.logout_url(&id, signed_out_page).ok());
    tracing::info!(
        reason = "signed_out",
        at_authkit = target.is_some(),
        "session ended"
    );
    answer::redirect(target.as_deref().unwrap_or(paths::SIGNED_OUT));
    Ok(())
}
