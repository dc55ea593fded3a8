//! `POST /user_management/authenticate`: the token endpoint (RFC 6749 §3.2), with WorkOS's names and error shapes. Caller:
//! the app's server, never a browser. Every grant requires the client's secret, although WorkOS accepts public clients.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::shapes;
use crate::bend::endpoint::Endpoint;
use crate::bend::other_environment::OtherEnvironment;
use crate::protocol::access_token::{self, SignError};
use crate::protocol::code;
use crate::protocol::refresh;
use crate::state::clock;
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::model::{Method, Session, User};

/// What a provider's tokens are good for in any case.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// Parameters of all grants; `grant_type` determines which are required.
#[derive(Deserialize)]
struct TokenRequest {
    client_id: Option<String>,
    client_secret: Option<String>,
    grant_type: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
    organization_id: Option<String>,
}

/// The handler.
pub async fn post(State(context): State<Arc<Context>>, request: Request) -> Response {
    match exchange(&context, request).await {
        Ok(answer) => no_store(answer.into_response()),
        Err(error) => error.into_response(),
    }
}

async fn exchange(context: &Context, request: Request) -> Result<Json<Value>, ApiError> {
    let bearer = key::bearer(request.headers()).map(str::to_owned);
    let request = parse(request).await?;
    authenticate_client(context, &request, bearer.as_deref())?;
    let needed = |value: Option<String>, name: &str| {
        value.ok_or_else(|| ApiError::invalid_request(format!("{name} is missing.")))
    };
    let grant_type = needed(request.grant_type, "grant_type")?;
    let session = match grant_type.as_str() {
        "authorization_code" => {
            let given = needed(request.code, "code")?;
            let verifier = request.code_verifier.as_deref();
            code::redeem(context, &given, verifier, request.redirect_uri.as_deref())?
        }
        "refresh_token" => {
            let token = needed(request.refresh_token, "refresh_token")?;
            refresh::exchange(context, &token, request.organization_id.as_deref())?
        }
        _ => {
            return Err(ApiError::invalid_request(
                "The emulator does not know this grant_type.",
            ));
        }
    };
    let user = context
        .store
        .read(|state| state.users.get(&session.user_id).cloned());
    // The user existed when the grant was checked, just before.
    let user = user.ok_or_else(|| ApiError::invalid_grant("The user is gone."))?;
    let answered = match grant_type.as_str() {
        "refresh_token" => answer(context, &session, &user),
        _ => first_answer(context, &session, &user),
    };
    let answer = answered.map_err(|error| match error {
        // Where a test sees it, instead of a token without the claims.
        SignError::Template(error) => ApiError::unrenderable(&error),
        SignError::Key(error) => {
            tracing::error!(%error, "the access token could not be signed");
            ApiError::internal()
        }
    })?;
    Ok(Json(answer))
}

/// Reads JSON or a form: WorkOS accepts both.
async fn parse(request: Request) -> Result<TokenRequest, ApiError> {
    let is_form = is_form(request.headers());
    let parsed = if is_form {
        Form::from_request(request, &())
            .await
            .map(|Form(it)| it)
            .map_err(|it| it.body_text())
    } else {
        Json::from_request(request, &())
            .await
            .map(|Json(it)| it)
            .map_err(|it| it.body_text())
    };
    parsed.map_err(ApiError::invalid_request)
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

fn authenticate_client(
    context: &Context,
    request: &TokenRequest,
    bearer: Option<&str>,
) -> Result<(), ApiError> {
    let other = context.other_environment().filter(|other| {
        let secret = request.client_secret.as_deref();
        secret.is_some_and(|secret| other.has_key(secret))
    });
    if let Some(other) = other {
        return Err(refuse_other(&other, request.client_id.as_deref()));
    }
    let secret = request.client_secret.as_deref();
    let secret = secret.ok_or_else(ApiError::unauthorized)?;
    for key in [Some(secret), bearer].into_iter().flatten() {
        key::check(context, key, Endpoint::Authenticate)?;
    }
    match request.client_id.as_deref() {
        Some(id) if id == context.client_id => Ok(()),
        Some(_) => Err(ApiError::OAuth {
            error: "invalid_client",
            description: "Invalid client ID.".to_owned(),
        }),
        None => Err(ApiError::invalid_request("client_id is missing.")),
    }
}

/// The answer to the key of the other environment: it has no users, so no grant of it is valid.
fn refuse_other(other: &OtherEnvironment, client_id: Option<&str>) -> ApiError {
    match client_id == Some(&other.client_id) {
        true => ApiError::invalid_grant("Invalid refresh token."),
        false => ApiError::OAuth {
            error: "invalid_client",
            description: "Invalid client secret.".to_owned(),
        },
    }
}

/// The answer that starts a session: it alone has the tokens of the provider, if the user signed in with one.
pub fn first_answer(context: &Context, session: &Session, user: &User) -> Result<Value, SignError> {
    let mut body = answer(context, session, user)?;
    if let Method::Oauth(provider) = session.method() {
        let more = session.oauth_scopes.iter().map(String::as_str);
        let more = more.filter(|scope| !SCOPES.contains(scope));
        let scopes: Vec<&str> = SCOPES.into_iter().chain(more).collect();
        let expires_at = clock::after(context.clock.now(), SignedDuration::from_hours(1));
        body["oauth_tokens"] = json!({
            "provider": provider.name(),
            "access_token": random::secret(),
            "refresh_token": random::secret(),
            "expires_at": expires_at.as_second(),
            "scopes": scopes,
        });
    }
    Ok(body)
}

/// The answer to any grant: new tokens of a session, and its user.
fn answer(context: &Context, session: &Session, user: &User) -> Result<Value, SignError> {
    let access_token = access_token::sign(context, session)?;
    let mut body = json!({
        "user": shapes::user(user),
        "organization_id": session.organization_id,
        "access_token": access_token,
        "refresh_token": refresh::issue(context, &session.id),
        "authentication_method": session.method().in_answers(),
    });
    if let Some(impersonator) = &session.impersonator {
        body["impersonator"] = json!(impersonator);
    }
    Ok(body)
}
