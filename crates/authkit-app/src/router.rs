//! The routes and layers of the server, in their order.
//!
//! Called by `Server::build`, once. Decides nothing about sessions: the layer of the library does.

use crate::{
    app::{App, AppRoute},
    app_context::AppContext,
    pages::PageContext,
    protection::listing,
    start_error::StartError,
};
use authkit_audit::AuditLog;
use authkit_leptos::{
    paths,
    server::{AuthKit, Config, same_origin_layer},
};
use authkit_live::{
    STREAM,
    server::{Live, Store},
};
use authkit_local::hosts::{self, Hosts};
use authkit_serve::{
    AddressLimiter, AddressLimits, FILES, HEALTH, Layers, READY, Readiness, health, with_files,
};
use axum::{Router, body::Body, middleware::from_fn_with_state};
use http::{Method, Response, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{AxumRouteListing, ErrorHandler, LeptosRoutes};
use std::{path::PathBuf, sync::Arc};
use tower::{Layer, ServiceBuilder, util::MapResponseLayer};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::SizeAbove},
    limit::RequestBodyLimitLayer,
    map_request_body::MapRequestBodyLayer,
};

/// Longest body that is read, in bytes: forms and calls of server functions are short.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Answers up to this are sent as they are, in bytes.
const SMALL: u64 = 1_000;

/// What a router is made of.
pub struct Parts<'a> {
    pub authkit: &'a AuthKit,
    pub live: &'a Live,
    pub store: &'a Store,
    pub audit: AuditLog,
    pub config: &'a Config,
    pub readiness: Readiness,
    /// Whether requests are counted.
    pub is_measured: bool,
    pub addresses: AddressLimits,
    pub pages: PageContext,
    /// In development: the only hosts that are answered for.
    pub hosts: Option<Hosts>,
}

/// The router of the server.
pub fn router<A: App>(parts: Parts<'_>) -> Result<Router, StartError> {
    let Parts {
        authkit,
        live,
        store,
        audit,
        config,
        readiness,
        is_measured,
        addresses,
        pages,
        hosts,
    } = parts;
    let options = pages.options.clone();
    let hash_files = options.hash_files;
    let site = PathBuf::from(&*options.site_root);
    let (routes, own) = (A::pages(pages.debug), A::routes(pages.debug));
    let redirect_path = config.redirect_uri.path();
    redirect_path_is_free::<A>(redirect_path, &routes, &own)?;
    let listing = listing::<A>(redirect_path, &routes, &own);
    let listing = Arc::new(listing.map_err(authkit_leptos::server::StartError::from)?);
    let context = AppContext {
        pages: pages.clone(),
        live: live.clone(),
        store: store.clone(),
        audit,
        listing,
    };
    A::on_start(authkit, &context);
    let own = own.into_iter().fold(Router::new(), |router, it| {
        router.route(it.path, (it.methods)(&context))
    });
    let provide = move || context.provide();
    let page_shell = {
        let pages = pages.clone();
        move || A::shell(pages.clone())
    };
    let not_found = {
        let pages = pages.clone();
        ErrorHandler::new_with_context(
            provide.clone(),
            move |_| A::not_found(pages.clone()),
            options.clone(),
        )
    };

    // Answers that depend on the session. The layer of the login goes around routes in one call of `Router::layer` with
    // these: each call boxes what is inside, and clones that for each request.
    let personal = ServiceBuilder::new()
        .layer(compression())
        .layer(same_origin_layer(config)?)
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(MapRequestBodyLayer::new(Body::new));
    let pages = Router::new()
        .leptos_routes_with_context(&pages, routes, provide, page_shell)
        .merge(own)
        .merge(live.routes())
        .with_state(pages);
    // Pages show who is turned away why, so the layer has them too.
    let layer = authkit.layer().pages(pages.clone());
    let pages = pages.layer(personal.clone().layer(layer));
    let not_found = Router::new().fallback_service(MapResponseLayer::new(absent).layer(not_found));
    let not_found = authkit
        .plain_pages(not_found)
        .layer(personal.layer(authkit.layer().without_protection()));

    let app = Router::new()
        .merge(health())
        .merge(readiness.route())
        .merge(pages)
        .merge(authkit.webhooks())
        .merge(authkit.published_keys());
    let app = with_files(app, &site, hash_files, not_found);
    let app = match hosts {
        Some(hosts) => app.layer(from_fn_with_state(hosts, hosts::known_only)),
        None => app,
    };
    let app = Layers::new(limiter(addresses))
        .https_only(config.cookie.secure)
        .measured(is_measured)
        .around(app);
    Ok(authkit.callback_at_redirect_uri(app))
}

/// An answer for an address without a route, whatever the page made of its status.
fn absent<B>(mut answer: Response<B>) -> Response<B> {
    if answer.status() == StatusCode::OK {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    answer
}

/// For what is made for one person at one moment: as little work as there is, and none for what fits into a packet anyway.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(SizeAbove::new(SMALL)))
}

/// What is counted per client address: where strangers cause work at WorkOS, or hold a connection.
fn limiter(addresses: AddressLimits) -> AddressLimiter {
    AddressLimiter::new(addresses)
        .count(|_, path| {
            [
                paths::SIGN_IN,
                paths::SIGN_UP,
                paths::CALLBACK,
                paths::SIGN_OUT,
                paths::REFRESH,
                paths::SWITCH_ORGANIZATION,
            ]
            .contains(&path)
        })
        .count(|_, path| path == paths::WEBHOOKS)
        // Turns over HTTP (POST) come from pages behind a proxy that many share; their session's budget limits them.
        .count(|method, path| path == STREAM && method == Method::GET)
}

/// Refuses a redirect URI at whose path there is a page, a server function or another route.
fn redirect_path_is_free<A: App>(
    path: &str,
    pages: &[AxumRouteListing],
    own: &[AppRoute],
) -> Result<(), StartError> {
    let mut functions = server_fn_paths().filter(|(function, _)| *function != paths::CALLBACK);
    let is_taken = pages.iter().any(|page| page.path() == path)
        || functions.any(|(function, _)| function == path)
        || own.iter().any(|own| own.path == path)
        || A::features().api().any(|api| api == path)
        || [STREAM, HEALTH, READY].contains(&path)
        || path.starts_with(FILES);
    match is_taken {
        true => Err(StartError::RedirectPath(path.to_owned())),
        false => Ok(()),
    }
}
