//! The one place that says which address does what. Caller: the start.
//! WorkOS's endpoints count their calls and take faults; pages and the control interface never fail on
//! order.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post};

use super::api::ApiError;
use super::context::Context;
use super::fault::{self, Endpoint};
use super::{
    authenticate, authorize, control, home, jwks, organization_memberships, pages, registered,
};
use super::{sessions, sign_in, sign_up, step_up, users};

/// No request of this protocol is larger.
const BODY_LIMIT: usize = 64 * 1024;

/// Everything the emulator answers.
pub fn router(context: Arc<Context>) -> Router {
    let faulty = |endpoint: Endpoint, handler: MethodRouter<Arc<Context>>| {
        handler.layer(from_fn_with_state(
            (Arc::clone(&context), endpoint),
            fault::apply,
        ))
    };
    let workos = Router::new()
        .route(
            "/user_management/authorize",
            faulty(Endpoint::Authorize, get(authorize::get)),
        )
        .route(
            "/user_management/authenticate",
            faulty(Endpoint::Authenticate, post(authenticate::post)),
        )
        .route(
            "/sso/jwks/{client_id}",
            faulty(Endpoint::Jwks, get(jwks::get)),
        )
        .route(
            "/user_management/sessions/logout",
            faulty(Endpoint::Logout, get(sessions::logout)),
        )
        .route(
            "/user_management/sessions/revoke",
            faulty(Endpoint::Revoke, post(sessions::revoke)),
        )
        .route(
            "/user_management/organization_memberships",
            faulty(
                Endpoint::OrganizationMemberships,
                get(organization_memberships::list),
            ),
        )
        .route(
            "/user_management/redirect_uris",
            faulty(
                Endpoint::RedirectUris,
                get(registered::list_redirect_uris).post(registered::create_redirect_uri),
            ),
        )
        .route(
            "/user_management/cors_origins",
            faulty(
                Endpoint::CorsOrigins,
                get(registered::list_cors_origins).post(registered::create_cors_origin),
            ),
        )
        .route(
            "/user_management/users/{id}",
            faulty(Endpoint::Users, get(users::get)),
        );
    let pages = Router::new()
        .route("/", get(home::get))
        .route("/sessions/end", post(home::end_session))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/continue", post(sign_in::go_on))
        .route("/sign-in/organization", post(step_up::post))
        .route("/sign-up", get(sign_up::get).post(sign_up::post))
        .route(
            "/emulator.css",
            get(|| async { file("text/css; charset=utf-8", pages::STYLESHEET) }),
        )
        .route(
            "/favicon.svg",
            get(|| async { file("image/svg+xml", pages::ICON) }),
        );
    workos
        .merge(pages)
        .nest("/_emulator", control::http::router())
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(context)
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

async fn not_found() -> ApiError {
    ApiError::Coded {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: "The emulator has no such endpoint.".to_owned(),
    }
}
