//! The table of routes. Caller: the start of the emulator. The endpoints of WorkOS count their calls and serve faults; the
//! pages and the control interface never do.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};

use crate::api::errors::ApiError;
use crate::api::{
    discovery, events, feature_flags, jwks, jwt_template, memberships, registration, revoke,
    sessions, users,
};
use crate::bend::endpoint::Endpoint;
use crate::bend::{control, fault_layer, home, impersonation, other_environment_layer};
use crate::pages;
use crate::protocol::{authenticate, authorize, logout, sign_in, sign_up, step_up};
use crate::state::clock;
use crate::state::context::Context;
use authkit_local::hosts::{self, Hosts};

/// Maximum size of a body; no request of this protocol is larger.
const BODY_LIMIT: usize = 64 * 1024;

/// The emulator's routes, for requests to these hosts.
pub fn router(context: Arc<Context>, hosts: Hosts) -> Router {
    let faulty = |endpoint: Endpoint, handler: MethodRouter<Arc<Context>>| {
        handler.layer(from_fn_with_state(
            (Arc::clone(&context), endpoint),
            fault_layer::apply,
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
            "/user_management/{client_id}/.well-known/openid-configuration",
            faulty(Endpoint::Discovery, get(discovery::get)),
        )
        .route(
            "/user_management/sessions/logout",
            faulty(Endpoint::Logout, get(logout::get)),
        )
        .route(
            "/user_management/sessions/revoke",
            faulty(Endpoint::Revoke, post(revoke::post)),
        )
        .route(
            "/user_management/organization_memberships",
            faulty(Endpoint::OrganizationMemberships, get(memberships::list)),
        )
        .route(
            "/user_management/redirect_uris",
            faulty(
                Endpoint::RedirectUris,
                get(registration::list_redirect_uris).post(registration::create_redirect_uri),
            ),
        )
        .route(
            "/user_management/cors_origins",
            faulty(
                Endpoint::CorsOrigins,
                get(registration::list_cors_origins).post(registration::create_cors_origin),
            ),
        )
        .route(
            "/user_management/jwt_template",
            faulty(
                Endpoint::JwtTemplate,
                get(jwt_template::get).put(jwt_template::put),
            ),
        )
        .route(
            "/sdk/feature-flags",
            faulty(Endpoint::FeatureFlags, get(feature_flags::for_sdk)),
        )
        .route(
            "/organizations/{id}/feature-flags",
            faulty(
                Endpoint::OrganizationFeatureFlags,
                get(feature_flags::of_organization),
            ),
        )
        .route(
            "/user_management/users/{id}/feature-flags",
            faulty(Endpoint::UserFeatureFlags, get(feature_flags::of_user)),
        )
        .route(
            "/user_management/users/{id}/sessions",
            faulty(Endpoint::UserSessions, get(sessions::list)),
        )
        .route("/events", faulty(Endpoint::Events, get(events::list)))
        .route(
            "/user_management/users/{id}",
            faulty(Endpoint::Users, get(users::get))
                .merge(faulty(Endpoint::UpdateUser, put(users::update)))
                .merge(faulty(Endpoint::DeleteUser, delete(users::delete))),
        )
        .route(
            "/user_management/users",
            faulty(Endpoint::ListUsers, get(users::list))
                .merge(faulty(Endpoint::CreateUser, post(users::create))),
        );
    let pages = Router::new()
        .route("/", get(home::get))
        .route("/sessions/end", post(home::end_session))
        .route(
            "/impersonate",
            get(impersonation::get).post(impersonation::post),
        )
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/continue", post(sign_in::go_on))
        .route("/sign-in/organization", post(step_up::post))
        .route("/sign-up", get(sign_up::get).post(sign_up::post))
        .route(
            "/emulator.css",
            get(|| async { file("text/css; charset=utf-8", pages::stylesheet()) }),
        )
        .route(
            "/favicon.svg",
            get(|| async { file("image/svg+xml", pages::ICON) }),
        );
    workos
        .layer(from_fn_with_state(
            Arc::clone(&context),
            other_environment_layer::answer,
        ))
        .merge(pages)
        .nest("/_emulator", control::http::router())
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(map_response_with_state(Arc::clone(&context), date))
        .layer(from_fn_with_state(hosts, hosts::known_only))
        .with_state(context)
}

/// Sets `Date` to the emulator's time, which tests can move (RFC 9110 §6.6.1).
async fn date(State(context): State<Arc<Context>>, mut response: Response) -> Response {
    let date = clock::http_date(context.clock.now()).and_then(|date| date.parse().ok());
    if let Some(date) = date {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn file(content_type: &'static str, text: impl IntoResponse) -> impl IntoResponse {
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
