//! Authorization codes: issued to a browser, exchanged once by the app's server, bound to the redirect URI and to PKCE
//! (RFC 6749 §4.1.2, RFC 7636 §4.6). Callers: `authorize` and the pages issue, `authenticate` redeems. A second use of a
//! code ends the session that the first one started.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::errors::ApiError;
use crate::changes::event::{self, Event};
use crate::changes::sessions;
use crate::protocol::browser_session::Current;
use crate::protocol::request::AuthorizeRequest;
use crate::state::clock;
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::memory::Memory;
use crate::state::store::model::{
    AuthorizationCode, Impersonator, Membership, Policy, Redeemed, Session, User,
};
use crate::state::store::rights::DEFAULT_ROLE;

/// The organization of a sign-in: the one that the request names, that of the invitation, the one that was chosen for the
/// browser, or the one that the user joined first.
pub fn organization_for(
    state: &Memory,
    request: &AuthorizeRequest,
    current: &Current,
) -> Option<String> {
    let token = request.invitation_token.as_ref();
    let invitation = token.and_then(|token| state.invitations.get(token));
    let invited_to = || invitation?.organization_id.clone();
    let chosen = || {
        let chosen = current.organization_id.as_deref();
        chosen.filter(|id| state.membership(&current.user.id, id).is_some())
    };
    let first = || state.default_organization(&current.user.id);
    let default = || chosen().or_else(first).map(str::to_owned);
    let named = request.organization_id.clone();
    named.or_else(invited_to).or_else(default)
}

/// Issues a code to an admitted user. `met` is the policy of the organization, if the user has met it.
pub fn issue(
    context: &Context,
    request: &AuthorizeRequest,
    current: &Current,
    met: Option<Policy>,
) -> String {
    let now = context.clock.now();
    let code = random::secret();
    context.store.change(|state| {
        state.tidy(now);
        accept_invitation(context, state, request, &current.user);
        let issued = AuthorizationCode {
            organization_id: organization_for(state, request, current),
            met,
            user_id: current.user.id.clone(),
            redirect_uri: request.callback.registered_as().to_owned(),
            code_challenge: Some(request.code_challenge.clone()),
            browser_session: Some(current.fingerprint.clone()),
            impersonator: current.impersonator.clone(),
            oauth: request.oauth.clone(),
            authenticated_at: current.authenticated_at,
            expires_at: clock::after(now, context.lifetimes().code),
            redeemed: Redeemed::No,
        };
        state.codes.insert(random::fingerprint(&code), issued);
    });
    code
}

/// Issues a code for an impersonation, as WorkOS's dashboard does: without a request, so without challenge and state.
pub fn mint(context: &Context, user: &User, redirect_uri: &str, who: Impersonator) -> String {
    let now = context.clock.now();
    let code = random::secret();
    context.store.change(|state| {
        let issued = AuthorizationCode {
            organization_id: state.default_organization(&user.id).map(str::to_owned),
            met: None,
            user_id: user.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            code_challenge: None,
            browser_session: None,
            impersonator: Some(who),
            oauth: None,
            authenticated_at: now,
            expires_at: clock::after(now, context.lifetimes().code),
            redeemed: Redeemed::No,
        };
        state.codes.insert(random::fingerprint(&code), issued);
    });
    code
}

/// Exchanges a code for a session.
pub fn redeem(
    context: &Context,
    code: &str,
    verifier: Option<&str>,
    redirect_uri: Option<&str>,
) -> Result<Session, ApiError> {
    let now = context.clock.now();
    let invalid =
        || ApiError::invalid_grant(format!("The code '{code}' has expired or is invalid."));
    context.store.change(|state| {
        let issued = state
            .codes
            .get_mut(&random::fingerprint(code))
            .ok_or_else(invalid)?;
        match &issued.redeemed {
            Redeemed::No => {}
            Redeemed::Refused => return Err(invalid()),
            Redeemed::Session(session) => {
                // RFC 6749 §4.1.2: either use may be a theft, so both lose the session.
                let session = session.clone();
                sessions::end(context, state, &session);
                return Err(invalid());
            }
        }
        if issued.code_challenge.is_some() && verifier.is_none() {
            return Err(ApiError::invalid_request("code_verifier is missing."));
        }
        let proven = is_proven(issued.code_challenge.as_deref(), verifier);
        let returned = redirect_uri.is_none_or(|uri| uri == issued.redirect_uri);
        let known = state.users.get(&issued.user_id);
        let Some(user) = known.filter(|_| proven && returned && now < issued.expires_at) else {
            // One attempt per code, against guessing.
            issued.redeemed = Redeemed::Refused;
            return Err(invalid());
        };
        let met = issued.organization_id.clone().zip(issued.met);
        let asked = issued.oauth.clone();
        let (named, scopes) = asked.map(|it| (it.provider, it.scopes)).unzip();
        let session = Session {
            id: random::id("session", &context.clock),
            user_id: issued.user_id.clone(),
            organization_id: issued.organization_id.clone(),
            browser_session: issued.browser_session.clone(),
            impersonator: issued.impersonator.clone(),
            oauth_provider: named.or(user.oauth_provider),
            oauth_scopes: scopes.unwrap_or_default(),
            met: met.into_iter().collect(),
            authenticated_at: issued.authenticated_at,
            created_at: now,
            ended_at: None,
        };
        issued.redeemed = Redeemed::Session(session.id.clone());
        sessions::start(context, state, session.clone());
        Ok(session)
    })
}

/// Checks PKCE (RFC 7636 §4.6). A verifier for a code without a challenge is refused too: it indicates a downgrade
/// (RFC 9700 §4.8.2).
fn is_proven(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            use aws_lc_rs::digest::{SHA256, digest};
            let computed = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            random::same_secret(&computed, challenge)
        }
        _ => false,
    }
}

fn accept_invitation(
    context: &Context,
    state: &mut Memory,
    request: &AuthorizeRequest,
    user: &User,
) {
    let now = context.clock.now();
    let token = request.invitation_token.as_ref();
    let Some(invitation) = token.and_then(|token| state.invitations.get_mut(token)) else {
        return;
    };
    invitation.accepted_at.get_or_insert(now);
    if let Some(organization) = invitation.organization_id.clone() {
        let joined = state.join(Membership::starting(
            now,
            &user.id,
            &organization,
            DEFAULT_ROLE,
        ));
        if let Some(joined) = joined {
            event::tell(context, &Event::MembershipCreated(joined));
        }
    }
}
