//! The layer around every route whose answer depends on the caller.
//!
//! Has the caller authenticated, puts the [`Caller`] into the request, and writes cookies and cache headers on the way
//! out. Decides nothing about a session: the authenticator does.

use super::{
    caller::{Authenticator, Caller, bearer::Bearer},
    config::BearerTokens,
    cookies::AuthCookies,
    core::session_hash,
    flow::page_about,
    negotiation::{lead_to, no_store},
    origin::{is_navigation, is_navigation_of_a_frame, is_surely_a_navigation},
    protection::{PathGuard, turn_away},
    sign_out_target::SignOutTarget,
};
#[cfg(feature = "leptos")]
use super::{leptos::error_status, negotiation::is_script_call};
use crate::{
    error::SignInFailure,
    paths::{self, ReturnTo},
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::future::BoxFuture;
use http::{
    Extensions, HeaderValue, Method, StatusCode, Uri,
    header::{
        ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ORIGIN,
        SET_COOKIE,
    },
};
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tokio::time::Instant;
use tower::{Layer, Service};
use tracing::Instrument;

/// Makes [`AuthService`]s: see [`AuthKit::layer`](super::AuthKit::layer).
#[derive(Clone)]
pub struct AuthLayer {
    parts: Arc<Parts>,
    guard: Option<PathGuard>,
}

/// Puts something into a request.
type Lend = Box<dyn Fn(&mut Extensions, AuthCookies) + Send + Sync>;

/// What the layer works with.
pub(super) struct Parts {
    pub authenticator: Arc<Authenticator>,
    pub bearer_tokens: BearerTokens,
    /// Whether any site may show the app in a frame.
    pub is_framed: bool,
    /// Where a sign-out leads in the end.
    pub sign_out_target: SignOutTarget,
    /// Puts into a request what handlers ask for beside the caller; with no cookies for a program.
    pub lend: Lend,
}

/// The inner service, with authentication around it.
#[derive(Clone)]
pub struct AuthService<S> {
    parts: Arc<Parts>,
    guard: Option<PathGuard>,
    inner: S,
}

impl AuthLayer {
    pub(super) fn new(parts: Parts, guard: Option<PathGuard>) -> Self {
        Self {
            parts: Arc::new(parts),
            guard,
        }
    }

    /// Shows who is turned away by the [protection by path](super::Builder::protection) the app's own pages at
    /// [`paths::FORBIDDEN`] and [`paths::UNAVAILABLE`]: `app` has their routes, without this layer around them.
    /// [`AuthKit::protect`](super::AuthKit::protect) does it by itself.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::{Router, routing::get};
    /// # fn body(authkit: AuthKit) {
    /// let pages: Router = Router::new()
    ///     .route("/admin", get(async || "Secrets"))
    ///     .route("/forbidden", get(async || "Ask an administrator."));
    /// let app = pages.clone().layer(authkit.layer().pages(pages));
    /// # }
    /// ```
    #[must_use]
    pub fn pages(mut self, app: Router) -> Self {
        self.guard = self.guard.map(|guard| guard.with_pages(app));
        self
    }

    /// The same layer for what everybody may see, whatever its path: the page for an address that has none, for
    /// instance. What is inside must not show another page by the address.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::Router;
    /// # fn body(authkit: AuthKit, pages: Router) {
    /// let not_found = Router::new()
    ///     .fallback(async || "There is no such page.")
    ///     .layer(authkit.layer().without_protection());
    /// let app = pages.layer(authkit.layer()).fallback_service(not_found);
    /// # }
    /// ```
    #[must_use]
    pub fn without_protection(self) -> Self {
        Self {
            guard: None,
            ..self
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            parts: Arc::clone(&self.parts),
            guard: self.guard.clone(),
            inner,
        }
    }
}

impl<S> Service<Request> for AuthService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let (parts, guard) = (Arc::clone(&self.parts), self.guard.clone());
        // The service that is ready goes with this request; a fresh clone waits for the next.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            if paths::is_navigated_to(request.uri().path()) && !is_navigation(request.headers()) {
                return Ok(
                    match parts.is_framed && is_navigation_of_a_frame(request.headers()) {
                        true => in_a_frame(&request),
                        false => not_a_navigation(),
                    },
                );
            }
            if request.method() == Method::HEAD {
                let is_step = ask_as_get(&mut request);
                let service = AuthService {
                    parts,
                    guard,
                    inner,
                };
                let mut response = { service }.call(request).await?;
                if is_step {
                    response.headers_mut().remove(SET_COOKIE);
                }
                return Ok(response);
            }
            let authenticator = &parts.authenticator;
            parts.bearer_tokens.take_out(request.headers_mut());
            let asked = Instant::now();
            let cookies = AuthCookies::read(request.headers());
            if let Some(bearer) = Bearer::read(request.headers()) {
                let caller = authenticator
                    .authenticate_bearer(bearer, &cookies)
                    .instrument(tracing::trace_span!("authenticate", by = "token"))
                    .await;
                if let Some(failure) = refused_to_a_person(&request, &caller) {
                    return Ok(explained(request.method(), failure, &ReturnTo::home()));
                }
                name_caller(&caller);
                prepare_for_a_program(&mut request);
                let extensions = request.extensions_mut();
                extensions.insert(caller.clone());
                (parts.lend)(extensions, AuthCookies::none());
                let mut response = ask(guard, &mut inner, request, &caller).await?;
                #[cfg(feature = "leptos")]
                error_status::set(&mut response, &caller).await;
                no_store(response.headers_mut());
                return Ok(response);
            }
            if request.uri().path() == paths::SIGNED_OUT
                && is_navigation(request.headers())
                && let Some(target) = parts.sign_out_target.take(&cookies)
            {
                let mut response = lead_to(request.method(), target.as_str());
                cookies.write(response.headers_mut());
                no_store(response.headers_mut());
                return Ok(response);
            }
            // A request that starts or ends a session needs no new token, and should not wait for one.
            let in_the_flow = [paths::CALLBACK, paths::SIGN_OUT].contains(&request.uri().path());
            let caller = authenticator
                .authenticate(&cookies, !in_the_flow)
                .instrument(tracing::trace_span!("authenticate", by = "cookie"))
                .await;
            name_caller(&caller);
            let extensions = request.extensions_mut();
            extensions.insert(caller.clone());
            (parts.lend)(extensions, cookies.clone());
            #[cfg(feature = "leptos")]
            let step = is_step_of_a_person(&request).then(|| request.method().clone());
            let mut response = ask(guard, &mut inner, request, &caller).await?;
            #[cfg(feature = "leptos")]
            match step.filter(|_| error_status::is_error(&response)) {
                Some(method) => {
                    let unreadable = SignInFailure::CallbackIncomplete;
                    response = explained(&method, unreadable, &ReturnTo::home());
                }
                None => error_status::set(&mut response, &caller).await,
            }
            if !in_the_flow {
                authenticator.leave_if_outrun(&caller, &cookies, asked);
            }
            cookies.write(response.headers_mut());
            no_store(response.headers_mut());
            Ok(response)
        })
    }
}

/// The app's answer, or that of the protection by path to a caller whom it turns away.
async fn ask<S>(
    guard: Option<PathGuard>,
    app: &mut S,
    request: Request,
    caller: &Caller,
) -> Result<Response, S::Error>
where
    S: Service<Request, Response = Response>,
{
    let Some(guard) = guard else {
        return answer(app, request).await;
    };
    match guard.check(&request, caller) {
        Ok(()) => answer(app, request).await,
        // A preflight has no credentials. It may be made up, so what the app says beside its headers is nobody's business.
        Err(_) if is_preflight(&request) => {
            let (headers, _) = app.call(request).await?.into_parts();
            let mut response = Response::from_parts(headers, Body::empty());
            response.headers_mut().remove(CONTENT_LENGTH);
            response.headers_mut().remove(CONTENT_TYPE);
            Ok(response)
        }
        Err(why) => Ok(turn_away(guard, why, request, caller).await),
    }
}

/// The app's answer, up to the first part of its body.
async fn answer<S>(app: &mut S, request: Request) -> Result<Response, S::Error>
where
    S: Service<Request, Response = Response>,
{
    let span = tracing::trace_span!("answer");
    app.call(request).instrument(span).await
}

/// Says in each line that the log has of this request whose it is, in which session, and who acts for the user, where the
/// request's span has fields for that.
fn name_caller(caller: &Caller) {
    let span = tracing::Span::current();
    if span.is_disabled() {
        return;
    }
    if let Some(user) = caller.user_id() {
        span.record("user", user);
    }
    if let Some(session) = caller.session_id() {
        span.record("session", session_hash(session).as_str());
    }
    let signed_in = caller.session().map(|session| &session.signed_in);
    if let Some(impersonator) = signed_in.and_then(|it| it.impersonator.as_ref()) {
        span.record("impersonator", impersonator.email.as_str());
    }
}

/// Whether a browser asks if a script of another site may send a request (CORS, Fetch Standard §3.3.2).
fn is_preflight(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A prefetch, an image in another page, or a script's fetch: a step of the sign-in would leave an attempt behind that
/// no browser finishes, or use one up, and a script can't follow the redirect to another origin.
fn not_a_navigation() -> Response {
    tracing::info!(
        reason = "not_a_navigation",
        "a step of the sign-in was not taken"
    );
    let mut response = (
        StatusCode::BAD_REQUEST,
        "This address is for a browser that goes to a page. Open it in a tab of its own.\n",
    )
        .into_response();
    no_store(response.headers_mut());
    response
}

/// The failure to show to a person whose navigation has a refused bearer token, most likely a proxy's. The page that
/// explains the failure is shown all the same.
fn refused_to_a_person(request: &Request, caller: &Caller) -> Option<SignInFailure> {
    let Caller::Refused(refusal) = caller else {
        return None;
    };
    let explains = request.uri().path() == paths::SIGN_IN_FAILED;
    let is_for_a_person = is_surely_a_navigation(request.headers()) && !explains;
    is_for_a_person.then_some(match refusal.is_unavailable() {
        true => SignInFailure::Unreachable,
        false => SignInFailure::TokenFromElsewhere,
    })
}

/// A sign-in leaves frames: AuthKit lets no site show its pages in one, and a person has to see whose page asks for their
/// password. The page that says so has a link for the whole window.
fn in_a_frame(request: &Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let return_to = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "return_to")
        .map(|(_, value)| value);
    let return_to = ReturnTo::or_home(return_to.as_deref());
    explained(request.method(), SignInFailure::InAFrame, &return_to)
}

/// Leads a browser to the page that explains this.
fn explained(method: &Method, failure: SignInFailure, return_to: &ReturnTo) -> Response {
    let page = page_about(failure, return_to);
    let mut response = lead_to(method, &page);
    no_store(response.headers_mut());
    response
}

/// Whether a person has followed a link to a step of the sign-in: shown a page, never JSON, if its arguments can't be read.
#[cfg(feature = "leptos")]
fn is_step_of_a_person(request: &Request) -> bool {
    paths::is_navigated_to(request.uri().path()) && !is_script_call(request.headers(), None)
}

/// HEAD has the headers of what GET would answer (RFC 9110 §9.3.2), and no effect: a step of the sign-in is answered as
/// to a browser without cookies and without a code. Returns whether the request is such a step.
fn ask_as_get(request: &mut Request) -> bool {
    *request.method_mut() = Method::GET;
    let is_step = paths::is_navigated_to(request.uri().path());
    if is_step {
        request.headers_mut().remove(COOKIE);
    }
    if request.uri().path() == paths::CALLBACK {
        *request.uri_mut() = Uri::from_static(paths::CALLBACK);
    }
    is_step
}

/// A client with a bearer token is no browser. Its cookies have been checked and no longer count. Server functions must
/// not redirect it as they would a form, also if it accepts HTML.
fn prepare_for_a_program(request: &mut Request) {
    let headers = request.headers_mut();
    headers.remove(COOKIE);
    let reads_html = |accept: &HeaderValue| {
        let accept = accept.as_bytes().to_ascii_lowercase();
        String::from_utf8_lossy(&accept).contains("text/html")
    };
    if headers.get_all(ACCEPT).iter().any(reads_html) {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    }
}
