//! Access tokens in WorkOS's production form: an RS256 JWT (RFC 7519) with the issuer of the client and no `aud`, unless a
//! JWT template adds one. Caller: `authenticate`. Optional claims without a value are left out, as at WorkOS.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::shapes;
use crate::state::context::Context;
use crate::state::jwt_template::{self, TemplateError};
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
pub fn sign(context: &Context, session: &Session) -> Result<String, SignError> {
    let now = context.clock.now();
    let lifetime = context.lifetimes().access_token;
    let exp = now.as_second().saturating_add(lifetime.as_secs());
    // No token outlives an impersonation.
    let exp = session
        .ends_at()
        .map_or(exp, |end| exp.min(end.as_second()));
    // Signing is the slowest step, so it happens outside the lock.
    let (signer, organization, feature_flags, templated) = context.store.read(|state| {
        let organization = organization(state, session);
        let flags = feature_flags(state, session, organization.as_ref());
        let templated = templated(state, session);
        (state.keys.signer(), organization, flags, templated)
    });
    let mut claims = serde_json::json!(Claims {
        iss: context.issuer(),
        sub: &session.user_id,
        sid: &session.id,
        jti: random::ulid_at(now),
        iat: now.as_second(),
        exp,
        auth_time: session.authenticated_at.as_second(),
        client_id: &context.client_id,
        organization,
        feature_flags,
        act: session
            .impersonator
            .as_ref()
            .map(|who| Actor { sub: &who.email }),
    });
    if let Some(claims) = claims.as_object_mut() {
        claims.extend(templated?);
    }
    Ok(signer.sign(&context.template().applied_to(claims))?)
}

/// Why a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// The claims of the environment's JWT template, which replace others of their names.
fn templated(state: &Memory, session: &Session) -> Result<Map<String, Value>, TemplateError> {
    let user = state.users.get(&session.user_id);
    let Some((template, user)) = state.jwt_template.as_ref().zip(user) else {
        return Ok(Map::new());
    };
    let organization = session.organization_id.as_deref();
    let place = organization.and_then(|id| {
        let membership = state.membership(&user.id, id)?;
        Some((state.organizations.get(id)?, membership))
    });
    jwt_template::render(&template.content, &shapes::template_data(user, place))
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
