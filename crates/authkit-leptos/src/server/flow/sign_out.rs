//! The last step: the session ends here and at AuthKit.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
};
use crate::{
    paths::{self, ReturnTo},
    server::hooks::AuditAction,
};

/// `POST /sign-out`.
///
/// Works with a token that has long expired, and while AuthKit is out of reach: the session id is
/// in the sealed cookie. Without a session it just leads to the signed-out page.
///
/// It leads to `return_to` in the end, or to the signed-out page for what is no path of this app.
///
/// A program ends the session that its token of AuthKit stands for. With any other token there is none
/// to end, and it is told so.
pub(crate) async fn sign_out(
    exchange: Exchange,
    return_to: Option<String>,
) -> Result<Answer<()>, Refusal> {
    let target = return_to.as_deref().and_then(ReturnTo::parse);
    let exchange = match exchange.caller.session_id() {
        Some(_) => exchange,
        None => exchange.browsers_only()?,
    };
    let flow = &exchange.flow;
    let session_id = exchange.caller.session_id();
    exchange.cookies.clear_session(&flow.cookie);
    if let Some(session_id) = session_id {
        let has_ended = flow.revocations.leave(session_id.to_owned());
        // A cookie that somebody keeps ends no session twice.
        if has_ended {
            flow.audit.tell(exchange.audited(AuditAction::SignedOut));
        }
    }
    flow.attempts.forget_all(&exchange.cookies);
    // That of an earlier sign-out whose browser did not come back.
    flow.sign_out_target.take(&exchange.cookies);

    let signed_out_page = format!("{}{}", exchange.origin(), paths::SIGNED_OUT);
    if session_id.is_some() && flow.refresher.is_held_back() {
        // A browser that is led there would get no page at all. Its session there lives until WorkOS is told.
        tracing::warn!(
            reason = "session_ended",
            at_authkit = false,
            "session ended here; WorkOS does not answer, and is told later"
        );
        let (name, value) = paths::STILL_AT_AUTHKIT;
        let page = format!("{}?{name}={value}", paths::SIGNED_OUT);
        return Ok(Answer::leading(page));
    }
    // Without this, the next sign-in would silently let the same person in again.
    let at_authkit = session_id.and_then(|id| flow.workos.logout_url(id, signed_out_page).ok());
    tracing::info!(
        reason = "session_ended",
        at_authkit = at_authkit.is_some(),
        "session ended"
    );
    let Some(at_authkit) = at_authkit else {
        let target = target.as_ref().map_or(paths::SIGNED_OUT, ReturnTo::as_str);
        return Ok(Answer::leading(target));
    };
    if let Some(target) = target {
        flow.sign_out_target.keep(&exchange.cookies, target);
    }
    Ok(Answer::leading(at_authkit))
}
