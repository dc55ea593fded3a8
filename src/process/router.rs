//! The routes and layers of the server, in their order.
//!
//! Called by `Server::build`, once. Decides nothing about sessions: the layer of the library does.

use super::{
    StartError,
    address_limits::{self, AddressLimiter},
    drain::HEALTH,
    request_head, telemetry, trailing_slash,
};
use crate::{app, debug, document::PageContext, refused_form::RefusedForms};
use authkit_leptos::{
    paths,
    server::{AuthKit, Config, same_origin_layer},
};
use authkit_live::{STREAM, server::Live};
use authkit_local::hosts::{self, Hosts};
use axum::{
    Router,
    extract::Request,
    middleware::{self, from_fn_with_state},
    routing::get,
};
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    },
};
use leptos::{prelude::provide_context, server_fn::axum::server_fn_paths};
use leptos_axum::{AxumRouteListing, ErrorHandler, LeptosRoutes};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tower::{Layer, ServiceBuilder, util::MapRequestLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};

/// Scripts, WASM and styles.
const FILES: &str = "/pkg";
/// Longest body that is read, in bytes: forms and calls of server functions are short.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest time for making an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The router of the server. In development it answers requests for these hosts only.
pub fn router(
    authkit: &AuthKit,
    live: &Live,
    config: &Config,
    limiter: AddressLimiter,
    refused_forms: RefusedForms,
    pages: PageContext,
    hosts: Option<Hosts>,
) -> Result<Router, StartError> {
    let options = pages.options.clone();
    let hash_files = options.hash_files;
    let site = PathBuf::from(&*options.site_root);
    let context = {
        let (pages, live) = (pages.clone(), live.clone());
        move || {
            provide_context(pages.clone());
            provide_context(live.clone());
            provide_context(refused_forms.clone());
        }
    };
    let page_shell = {
        let pages = pages.clone();
        move || app::shell(pages.clone())
    };
    let not_found = {
        let pages = pages.clone();
        ErrorHandler::new_with_context(
            context.clone(),
            move |_| app::shell(pages.clone()),
            options.clone(),
        )
    };

    // Answers that depend on the session.
    let personal = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(same_origin_layer(config)?)
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES));
    let routes = app::routes(&pages);
    redirect_path_is_free(config.redirect_uri.path(), &routes)?;
    let debug = debug::routes(&pages, page_shell.clone());
    let pages = Router::new()
        .leptos_routes_with_context(&options, routes, context, page_shell)
        .merge(debug)
        .merge(live.routes())
        .layer(authkit.layer())
        .layer(personal.clone())
        .with_state(options);
    let not_found = Router::new()
        .fallback_service(not_found)
        .layer(authkit.layer())
        .layer(personal);

    // Files: the same for every request. In a release build the names below /pkg have a hash. Without one, files are
    // being edited, and a browser must not reuse an old one.
    let files = |dir: &Path| ServeDir::new(dir).precompressed_br().precompressed_gzip();
    let (for_ever, for_an_hour) = match hash_files {
        true => (
            "public, max-age=31536000, immutable",
            "public, max-age=3600",
        ),
        false => ("no-cache", "no-cache"),
    };
    let hashed = caching(for_ever).layer(files(&site.join("pkg")));
    let plain = files(&site)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);

    let app = Router::new()
        .route(HEALTH, get(|| async { "ok" }))
        .merge(pages)
        .merge(authkit.webhooks())
        .merge(authkit.published_keys())
        .nest_service(FILES, hashed)
        .fallback_service(caching(for_an_hour).layer(plain));
    let app = match hosts {
        Some(hosts) => app.layer(from_fn_with_state(hosts, hosts::known_only)),
        None => app,
    };
    let app = app.layer(
        ServiceBuilder::new()
            .layer(MapRequestLayer::new(without_request_id))
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(middleware::from_fn(request_head::check))
            .layer(middleware::from_fn(trailing_slash::redirect))
            .layer(middleware::from_fn_with_state(
                Arc::new(limiter),
                address_limits::limit,
            ))
            .layer(telemetry::request_log())
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                REQUEST_TIMEOUT,
            )),
    );
    Ok(authkit.callback_at_redirect_uri(secure_headers(app, config)))
}

/// Refuses a redirect URI at whose path there is a page, a server function or another route.
fn redirect_path_is_free(path: &str, pages: &[AxumRouteListing]) -> Result<(), StartError> {
    let mut functions = server_fn_paths().filter(|(function, _)| *function != paths::CALLBACK);
    let is_taken = pages.iter().any(|page| page.path() == path)
        || functions.any(|(function, _)| function == path)
        || [STREAM, HEALTH].contains(&path)
        || path.starts_with(FILES);
    match is_taken {
        true => Err(StartError::RedirectPath(path.to_owned())),
        false => Ok(()),
    }
}

/// Removes a client's own request id: it would get into the log and into pages.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// Cache headers of files. Other answers, such as 404, are not cached.
fn caching<B>(
    value: &'static str,
) -> SetResponseHeaderLayer<impl Fn(&Response<B>) -> Option<HeaderValue> + Clone> {
    SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, move |response: &Response<B>| {
        let is_file =
            response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        Some(HeaderValue::from_static(if is_file {
            value
        } else {
            "no-store"
        }))
    })
}

/// Headers of every answer that does not set them itself. Those about documents are left out of scripts, WASM and
/// stylesheets, to save bytes.
fn secure_headers(router: Router, config: &Config) -> Router {
    let documents: [(HeaderName, &'static str); 4] = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    let router = documents.into_iter().fold(router, |router, (name, value)| {
        let value = move |response: &Response<_>| {
            (!is_part_of_a_page(response)).then_some(HeaderValue::from_static(value))
        };
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    });
    let hsts = config
        .cookie
        .secure
        .then_some((STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    [(X_CONTENT_TYPE_OPTIONS, "nosniff")]
        .into_iter()
        .chain(hsts)
        .fold(router, |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::if_not_present(
                name,
                HeaderValue::from_static(value),
            ))
        })
}

/// Whether an answer is a script, WASM or a stylesheet: with `nosniff` browsers never show it as a document.
fn is_part_of_a_page<B>(response: &Response<B>) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE);
    media_type.is_some_and(|media_type| {
        ["text/javascript", "application/wasm", "text/css"]
            .iter()
            .any(|part| media_type.as_bytes().starts_with(part.as_bytes()))
    })
}
