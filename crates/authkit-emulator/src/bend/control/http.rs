//! The control interface over HTTP, under `/_emulator`, with JSON in and out, for tests in other languages. Each route is
//! one call of [`Control`]. It answers only programs on this machine: never another site's page, never a request under a
//! name that merely resolves to it.

use std::sync::Arc;

use axum::extract::{FromRef, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::browsers::BrowserSignIn;
use super::mint::Grant;
use super::people::NewUser;
use super::rights::FlagSetting;
use super::{Control, ControlError};
use crate::bend::endpoint::Endpoint;
use crate::bend::faults::Fault;
use crate::bend::outbox::Webhook;
use crate::changes::accounts::UserUpdate;
use crate::protocol::origin::{self, ThisMachine};
use crate::state::context::Context;
use crate::state::store::model::{Impersonator, OauthProvider, Policy};

type Answer = Result<Json<Value>, ControlError>;

/// The routes.
pub fn router() -> Router<Arc<Context>> {
    Router::new()
        .route("/", get(about))
        .route(
            "/calls",
            get(async |State(control): State<Control>| Json(control.calls())),
        )
        .route("/clock", post(clock))
        .route("/issuer", post(issuer))
        .route("/token_template", post(token_template))
        .route("/jwt_template", post(jwt_template))
        .route("/lifetimes", post(lifetimes))
        .route("/keys/rotate", post(rotate_keys))
        .route("/faults", post(set_fault).delete(clear_faults))
        .route("/users", post(create_user).delete(delete_user))
        .route("/users/{id}", put(update_user))
        .route("/users/many", post(add_users))
        .route("/grants", post(grant))
        .route("/browser_sessions", post(open_browser_session))
        .route("/organizations", post(create_organization))
        .route("/organizations/policy", post(set_policy))
        .route("/roles", post(define_role))
        .route("/members/roles", post(set_roles))
        .route("/entitlements", post(set_entitlements))
        .route("/flags", post(set_flag).delete(remove_flag))
        .route("/oauth_provider", post(set_oauth_provider))
        .route("/max_age", post(max_age))
        .route("/initiate_login_uri", post(initiate_login_uri))
        .route(
            "/members",
            post(add_member).put(set_role).delete(remove_member),
        )
        .route("/invitations", post(invite))
        .route("/impersonations", post(impersonate))
        .route("/sessions/end", post(end_sessions))
        .route("/redirect_uris", post(register))
        .route("/api_keys", post(restrict_api_key))
        .route("/webhook", post(set_webhook).delete(unset_webhook))
        .route("/webhook/hold", post(hold_webhooks))
        .route(
            "/webhook/held",
            get(async |State(control): State<Control>| Json(control.held_webhooks()))
                .post(send_held_webhook)
                .delete(lose_webhooks),
        )
        .route("/webhook/release", post(release_webhooks))
        .route(
            "/webhook/deliveries",
            get(async |State(control): State<Control>| Json(control.webhook_deliveries())),
        )
        .route("/sign", post(sign))
        .route("/reset", post(reset))
        .layer(from_fn(local_programs_only))
}

impl FromRef<Arc<Context>> for Control {
    fn from_ref(context: &Arc<Context>) -> Control {
        Control::new(Arc::clone(context))
    }
}

async fn local_programs_only(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ThisMachine(here) = ThisMachine::sent(request.extensions(), headers);
    if here && origin::is_own_page_or_program(headers, None) {
        return next.run(request).await;
    }
    let message = "The control interface answers programs on this machine only.";
    (StatusCode::FORBIDDEN, Json(json!({ "message": message }))).into_response()
}

async fn about(State(context): State<Arc<Context>>) -> Json<Value> {
    Json(json!({
        "base_url": context.base_url,
        "client_id": context.client_id,
        "issuer": context.issuer(),
        "redirect_uris": context.redirect_uris.all(),
        "sign_out_uris": context.sign_out_uris.all(),
        "cors_origins": context.cors_origins.all(),
        "clock_offset_seconds": context.clock.offset(),
        "users": context.store.read(|state| {
            state.users.iter().map(|user| user.email.clone()).collect::<Vec<_>>()
        }),
        "organizations": context.store.read(|state| {
            state.organizations.values().map(|it| json!(it)).collect::<Vec<_>>()
        }),
        "roles": context.store.read(|state| json!(state.roles)),
        "feature_flags": context.store.read(|state| json!(state.feature_flags)),
        "initiate_login_uri": context.initiate_login_uri().map(String::from),
        "calls": context.faults.calls(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    offset_seconds: i64,
}

async fn clock(State(control): State<Control>, Json(clock): Json<Clock>) -> Json<Value> {
    control.set_clock_offset(clock.offset_seconds);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIssuer {
    issuer: Option<String>,
}

async fn issuer(State(control): State<Control>, Json(new): Json<NewIssuer>) -> Json<Value> {
    control.set_issuer(new.issuer);
    done()
}

async fn token_template(
    State(control): State<Control>,
    Json(claims): Json<Map<String, Value>>,
) -> Answer {
    control.set_token_template(claims)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    content: Option<String>,
}

async fn jwt_template(State(control): State<Control>, Json(new): Json<NewTemplate>) -> Answer {
    control.set_jwt_template(new.content.as_deref())?;
    Ok(done())
}

/// Lifetimes to change, in seconds; absent ones stay.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLifetimes {
    access_token: Option<i64>,
    refresh_token: Option<i64>,
    code: Option<i64>,
    browser_session: Option<i64>,
}

async fn lifetimes(State(control): State<Control>, Json(new): Json<NewLifetimes>) -> Json<Value> {
    new.access_token
        .inspect(|seconds| control.set_access_token_lifetime(*seconds));
    new.refresh_token
        .inspect(|seconds| control.set_refresh_token_lifetime(*seconds));
    new.code
        .inspect(|seconds| control.set_code_lifetime(*seconds));
    new.browser_session
        .inspect(|seconds| control.set_browser_session_lifetime(*seconds));
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    keep_old: bool,
}

async fn rotate_keys(State(control): State<Control>, Json(rotation): Json<Rotation>) -> Answer {
    let kid = control.rotate_keys(rotation.keep_old).await?;
    Ok(Json(json!({ "kid": kid })))
}

#[derive(Deserialize)]
struct FaultOrder {
    endpoint: Endpoint,
    #[serde(flatten)]
    fault: Value,
}

async fn set_fault(State(control): State<Control>, Json(order): Json<FaultOrder>) -> Response {
    // In two steps: serde cannot refuse unknown fields of a flattened type.
    match serde_json::from_value::<Fault>(order.fault) {
        Ok(fault) => {
            control.set_fault(order.endpoint, fault);
            done().into_response()
        }
        Err(error) => refused(&error.to_string()),
    }
}

async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    control.clear_faults();
    done()
}

async fn set_webhook(State(control): State<Control>, Json(webhook): Json<Webhook>) -> Json<Value> {
    control.set_webhook(Some(webhook));
    done()
}

async fn unset_webhook(State(control): State<Control>) -> Json<Value> {
    control.set_webhook(None);
    done()
}

async fn hold_webhooks(State(control): State<Control>) -> Json<Value> {
    control.hold_webhooks();
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    id: String,
}

async fn send_held_webhook(State(control): State<Control>, Json(held): Json<Held>) -> Answer {
    control.send_held_webhook(&held.id)?;
    Ok(done())
}

async fn release_webhooks(State(control): State<Control>) -> Json<Value> {
    control.release_webhooks();
    done()
}

async fn lose_webhooks(State(control): State<Control>) -> Json<Value> {
    control.lose_webhooks();
    done()
}

async fn create_user(State(control): State<Control>, Json(new): Json<NewUser>) -> Answer {
    Ok(Json(json!(control.create_user(new).await?)))
}

async fn update_user(
    State(control): State<Control>,
    Path(id): Path<String>,
    Json(change): Json<UserUpdate>,
) -> Answer {
    Ok(Json(control.update_user(&id, change)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUsers {
    count: usize,
}

async fn add_users(State(control): State<Control>, Json(new): Json<NewUsers>) -> Json<Value> {
    Json(json!(control.add_users(new.count)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    email: String,
}

async fn delete_user(State(control): State<Control>, Json(person): Json<Person>) -> Answer {
    control.delete_user(&person.email)?;
    Ok(done())
}

async fn grant(State(control): State<Control>, Json(grant): Json<Grant>) -> Answer {
    Ok(Json(control.grant_as(grant)?))
}

async fn open_browser_session(
    State(control): State<Control>,
    Json(sign_in): Json<BrowserSignIn>,
) -> Answer {
    Ok(Json(json!(control.open_browser_session(sign_in)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    name: String,
}

async fn create_organization(
    State(control): State<Control>,
    Json(new): Json<NewOrganization>,
) -> Json<Value> {
    Json(json!({ "id": control.create_organization(new.name) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    organization_id: String,
    policy: Policy,
}

async fn set_policy(State(control): State<Control>, Json(new): Json<NewPolicy>) -> Answer {
    control.set_organization_policy(&new.organization_id, new.policy)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    email: String,
    organization_id: String,
    role: String,
}

async fn add_member(State(control): State<Control>, Json(new): Json<NewMember>) -> Answer {
    control.add_member(&new.email, &new.organization_id, &new.role)?;
    Ok(done())
}

async fn set_role(State(control): State<Control>, Json(new): Json<NewMember>) -> Answer {
    control.set_role(&new.email, &new.organization_id, &new.role)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldMember {
    email: String,
    organization_id: String,
}

async fn remove_member(State(control): State<Control>, Json(old): Json<OldMember>) -> Answer {
    control.remove_member(&old.email, &old.organization_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRoles {
    email: String,
    organization_id: String,
    roles: Vec<String>,
}

async fn set_roles(State(control): State<Control>, Json(new): Json<NewRoles>) -> Answer {
    let roles: Vec<&str> = new.roles.iter().map(String::as_str).collect();
    control.set_roles(&new.email, &new.organization_id, &roles)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    slug: String,
    permissions: Vec<String>,
}

async fn define_role(State(control): State<Control>, Json(new): Json<NewRole>) -> Answer {
    let permissions: Vec<&str> = new.permissions.iter().map(String::as_str).collect();
    control.define_role(&new.slug, &permissions)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEntitlements {
    organization_id: String,
    entitlements: Vec<String>,
}

async fn set_entitlements(
    State(control): State<Control>,
    Json(new): Json<NewEntitlements>,
) -> Answer {
    let entitlements: Vec<&str> = new.entitlements.iter().map(String::as_str).collect();
    control.set_entitlements(&new.organization_id, &entitlements)?;
    Ok(done())
}

async fn set_flag(State(control): State<Control>, Json(flag): Json<FlagSetting>) -> Answer {
    control.set_feature_flag(flag)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldFlag {
    slug: String,
}

async fn remove_flag(State(control): State<Control>, Json(old): Json<OldFlag>) -> Answer {
    control.remove_feature_flag(&old.slug)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewProvider {
    email: String,
    provider: Option<OauthProvider>,
}

async fn set_oauth_provider(
    State(control): State<Control>,
    Json(new): Json<NewProvider>,
) -> Answer {
    control.set_oauth_provider(&new.email, new.provider)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    ignored: bool,
}

async fn max_age(State(control): State<Control>, Json(max_age): Json<MaxAge>) -> Json<Value> {
    control.set_ignores_max_age(max_age.ignored);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InitiateLogin {
    uri: Option<String>,
}

async fn initiate_login_uri(
    State(control): State<Control>,
    Json(new): Json<InitiateLogin>,
) -> Answer {
    control.set_initiate_login_uri(new.uri.as_deref())?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    email: String,
    organization_id: Option<String>,
}

async fn invite(State(control): State<Control>, Json(new): Json<NewInvitation>) -> Answer {
    let token = control.invite(&new.email, new.organization_id.as_deref())?;
    Ok(Json(json!({ "invitation_token": token })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewImpersonation {
    email: String,
    impersonator: Impersonator,
    redirect_uri: Option<String>,
}

async fn impersonate(State(control): State<Control>, Json(new): Json<NewImpersonation>) -> Answer {
    let uri = new.redirect_uri.as_deref();
    let url = control.impersonate(&new.email, new.impersonator, uri)?;
    Ok(Json(json!({ "url": url })))
}

/// The sessions to end.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    SessionId(String),
    Email(String),
}

async fn end_sessions(State(control): State<Control>, Json(ended): Json<Ended>) -> Answer {
    let count = match ended {
        Ended::SessionId(id) => usize::from(control.end_session(&id)),
        Ended::Email(email) => control.end_sessions_of(&email)?,
    };
    Ok(Json(json!({ "ended": count })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUris {
    redirect_uri: Option<String>,
    sign_out_uri: Option<String>,
}

async fn register(State(context): State<Arc<Context>>, Json(new): Json<NewUris>) -> Json<Value> {
    let now = context.clock.now();
    if let Some(uri) = new.redirect_uri {
        context.redirect_uris.register(uri, now);
    }
    if let Some(uri) = new.sign_out_uri {
        context.sign_out_uris.register(uri, now);
    }
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestrictedKey {
    api_key: String,
    allowed: Vec<Endpoint>,
}

async fn restrict_api_key(
    State(control): State<Control>,
    Json(key): Json<RestrictedKey>,
) -> Json<Value> {
    control.restrict_api_key(key.api_key, key.allowed);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToSign {
    claims: Value,
    header: Option<Value>,
}

async fn sign(State(control): State<Control>, Json(to_sign): Json<ToSign>) -> Answer {
    let token = match to_sign.header {
        Some(header) => control.sign_with_header(&header, &to_sign.claims)?,
        None => control.sign(&to_sign.claims)?,
    };
    Ok(Json(json!({ "token": token })))
}

async fn reset(State(control): State<Control>) -> Answer {
    control.reset().await?;
    Ok(done())
}

fn done() -> Json<Value> {
    Json(json!({ "ok": true }))
}

fn refused(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response()
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        refused(&self.to_string())
    }
}
