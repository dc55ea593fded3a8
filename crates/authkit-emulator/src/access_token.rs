//! Access tokens in WorkOS's production form: an RS256 JWT (RFC 7519) with the per-client issuer and no
//! `aud`, unless a JWT template adds one. Caller: authenticate. Nothing optional is there empty: WorkOS leaves it out.

use serde::Serialize;

use super::context::Context;
use super::keys::KeyError;
use super::random;
use super::store::model::{Session, State};

#[derive(Serialize)]
struct Claims<'a> {
    iss: String,
    sub: &'a str,
    sid: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
    auth_time: i64,
    client_id: &'a str,
    #[serde(flatten)]
    organization: Option<OrganizationClaims>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor<'a>>,
}

#[derive(Serialize)]
struct OrganizationClaims {
    org_id: String,
    role: String,
    roles: [String; 1],
    permissions: &'static [&'static str],
}

/// Who really acts (RFC 8693 §4.1).
#[derive(Serialize)]
struct Actor<'a> {
    sub: &'a str,
}

/// Signs a token for a session, valid from now.
pub fn sign(context: &Context, session: &Session) -> Result<String, KeyError> {
    let now = context.clock.now();
    let lifetime = context.lifetimes().access_token;
    // Signing is the slowest step of all, so nobody else waits for it.
    let (signer, organization) = context
        .store
        .read(|state| (state.keys.signer(), organization(state, session)));
    let claims = serde_json::json!(Claims {
        iss: context.issuer(),
        sub: &session.user_id,
        sid: &session.id,
        jti: random::ulid_at(now),
        iat: now.as_second(),
        exp: now.as_second().saturating_add(lifetime.as_secs()),
        auth_time: session.authenticated_at.as_second(),
        client_id: &context.client_id,
        organization,
        act: session
            .impersonator
            .as_ref()
            .map(|who| Actor { sub: &who.email }),
    });
    signer.sign(&context.template().applied_to(claims))
}

fn organization(state: &State, session: &Session) -> Option<OrganizationClaims> {
    let membership = state.membership(&session.user_id, session.organization_id.as_deref()?)?;
    Some(OrganizationClaims {
        org_id: membership.organization_id.clone(),
        role: membership.role.clone(),
        roles: [membership.role.clone()],
        permissions: membership.permissions(),
    })
}
