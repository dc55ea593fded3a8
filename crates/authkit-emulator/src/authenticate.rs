//! `POST /user_management/authenticate`: the token endpoint (RFC 6749 §3.2), with WorkOS's names and
//! error shapes. Called by the app's server, never by a browser. It answers no grant without the
//! client's secret, though WorkOS would let a public client do without.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access_token;
use super::api::{self, ApiError};
use super::authorization_code;
use super::context::Context;
use super::fault::Endpoint;
use super::keys::KeyError;
use super::refresh;
use super::store::model::{Session, User};
use super::users;

/// The parameters of all grants; which are needed depends on `grant_type`.
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
        Ok(answer) => api::no_store(answer.into_response()),
        Err(error) => error.into_response(),
    }
}

async fn exchange(context: &Context, request: Request) -> Result<Json<Value>, ApiError> {
    let bearer = api::bearer(request.headers()).map(str::to_owned);
    let request = parse(request).await?;
    authenticate_client(context, &request, bearer.as_deref())?;
    let needed = |value: Option<String>, name: &str| {
        value.ok_or_else(|| ApiError::invalid_request(format!("{name} is missing.")))
    };
    let session = match needed(request.grant_type, "grant_type")?.as_str() {
        "authorization_code" => {
            let code = needed(request.code, "code")?;
            let verifier = request.code_verifier.as_deref();
            authorization_code::redeem(context, &code, verifier, request.redirect_uri.as_deref())?
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
    // The user was there when the grant was checked, a moment ago.
    let user = user.ok_or_else(|| ApiError::invalid_grant("The user is gone."))?;
    let answer = answer(context, &session, &user).map_err(|error| {
        tracing::error!(%error, "the access token could not be signed");
        ApiError::internal()
    })?;
    Ok(Json(answer))
}

/// JSON or a form, as WorkOS takes both.
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
    let neighbour = context.neighbour().filter(|neighbour| {
        let secret = request.client_secret.as_deref();
        secret.is_some_and(|secret| neighbour.has_key(secret))
    });
    if let Some(neighbour) = neighbour {
        return Err(neighbour.refusal(request.client_id.as_deref()));
    }
    let secret = request.client_secret.as_deref();
    let secret = secret.ok_or_else(ApiError::unauthorized)?;
    for key in [Some(secret), bearer].into_iter().flatten() {
        api::check_api_key(context, key, Endpoint::Authenticate)?;
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

/// What the app gets for a grant: fresh tokens of a session, and its user.
pub fn answer(context: &Context, session: &Session, user: &User) -> Result<Value, KeyError> {
    let access_token = access_token::sign(context, session)?;
    let mut body = json!({
        "user": users::json(user),
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
