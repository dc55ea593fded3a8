//! Access tokens in WorkOS's production form: an RS256 JWT (RFC 7519) with the issuer of the client and no `aud`, unless a
//! JWT template adds one. Caller: `authenticate`. Optional claims without a value are left out, as at WorkOS.

use serde::Serialize;

use crate::state::context::Context;
use crate::state::keys::KeyError;
use crate::state::random;
use crate::state::store::memory::Memory;
use crate::state::store::model::Session;

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feature_flags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor<'a>>,
}

#[derive(Serialize)]
struct OrganizationClaims {
    org_id: String,
    role: String,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entitlements: Vec<String>,
}

/// The impersonator (RFC 8693 §4.1).
#[derive(Serialize)]
struct Actor<'a> {
    sub: &'a str,
}

/// Signs a token for a session, valid from now on.
pub fn sign(context: &Context, session: &Session) -> Result<String, KeyError> {
    let now = context.clock.now();
    let lifetime = context.lifetimes().access_token;
    // Signing is the slowest step, so it happens outside the lock.
    let (signer, organization, feature_flags) = context.store.read(|state| {
        let organization = organization(state, session);
        let flags = feature_flags(state, session, organization.as_ref());
        (state.keys.signer(), organization, flags)
    });
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
        feature_flags,
        act: session
            .impersonator
            .as_ref()
            .map(|who| Actor { sub: &who.email }),
    });
    signer.sign(&context.template().applied_to(claims))
}

fn organization(state: &Memory, session: &Session) -> Option<OrganizationClaims> {
    let membership = state.membership(&session.user_id, session.organization_id.as_deref()?)?;
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let organization = state.organizations.get(&membership.organization_id);
    Some(OrganizationClaims {
        org_id: membership.organization_id.clone(),
        role: membership.role.clone(),
        roles: owned(membership.roles().collect()),
        permissions: owned(state.permissions(membership)),
        entitlements: organization.map_or_else(Vec::new, |it| it.entitlements.clone()),
    })
}

fn feature_flags(
    state: &Memory,
    session: &Session,
    organization: Option<&OrganizationClaims>,
) -> Vec<String> {
    let organization = organization.map(|it| it.org_id.as_str());
    let flags = state.flags_on(Some(&session.user_id), organization);
    flags.map(|flag| flag.slug.clone()).collect()
}
