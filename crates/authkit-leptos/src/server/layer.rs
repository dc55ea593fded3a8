//! The layer that answers "who is it?": once per request, before anything else looks.
//!
//! Reads the cookie, opens it, verifies the access token, renews it if need be, puts [`Auth`] into
//! the request, and writes cookies and cache headers on the way out. Wraps every route whose
//! answer may depend on who asks.

use super::{
    AuthKit,
    answer::no_store,
    auth::Auth,
    bearer::Bearer,
    cookies::AuthCookies,
    core::session::Session,
    flow::page_about,
    origin::{is_navigation, is_navigation_of_a_frame, is_surely_a_navigation},
    refresh::{RefreshError, Renewed, Wish},
    token::{Claims, JwksError, TokenError, TokenSource},
};
use crate::{ReturnTo, SignInFailure, paths};
use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::future::BoxFuture;
use http::{
    HeaderValue, Method, StatusCode, Uri,
    header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE},
};
use secrecy::ExposeSecret;
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;
use tower::{Layer, Service};

/// The most that authentication may add to a request, whatever is out of reach.
const BUDGET: Duration = Duration::from_secs(3);
/// An answer that took longer may meet another session in the browser than the one it was asked with.
const LATE: Duration = Duration::from_secs(1);
/// How long a request waits for a new token while its own is still good.
const PATIENCE_AHEAD: Duration = Duration::from_millis(500);
/// Seconds before its expiry from which on a token is renewed, unless configured otherwise.
const REFRESH_BUFFER: u64 = 60;
/// The same for tokens that live no longer than [`SHORT_LIFE`].
const SHORT_REFRESH_BUFFER: u64 = 30;
const SHORT_LIFE: u64 = 300;

/// Makes [`AuthService`]s: see [`AuthKit::layer`].
#[derive(Clone)]
pub struct AuthLayer {
    authkit: AuthKit,
}

/// The inner service, with authentication around it.
#[derive(Clone)]
pub struct AuthService<S> {
    authkit: AuthKit,
    inner: S,
}

impl AuthLayer {
    pub(super) fn new(authkit: AuthKit) -> Self {
        Self { authkit }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            authkit: self.authkit.clone(),
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
        let authkit = self.authkit.clone();
        // The service that is ready goes with this request; a fresh clone waits for the next.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            if paths::is_navigated_to(request.uri().path()) && !is_navigation(request.headers()) {
                let is_framed = authkit.inner.is_framed;
                return Ok(
                    match is_framed && is_navigation_of_a_frame(request.headers()) {
                        true => in_a_frame(&request),
                        false => not_a_navigation(),
                    },
                );
            }
            if request.method() == Method::HEAD {
                let is_step = ask_as_get(&mut request);
                let mut response = AuthService { authkit, inner }.call(request).await?;
                if is_step {
                    response.headers_mut().remove(SET_COOKIE);
                }
                return Ok(response);
            }
            authkit.inner.bearer_tokens.take_out(request.headers_mut());
            let asked = Instant::now();
            let cookies = AuthCookies::read(request.headers());
            if let Some(bearer) = Bearer::read(request.headers()) {
                let deadline = asked + BUDGET;
                let auth = authkit.authenticate_bearer(bearer, &cookies, deadline);
                let auth = auth.await;
                if let Some(failure) = refused_to_a_person(&request, &auth) {
                    return Ok(explained(request.method(), failure, &ReturnTo::home()));
                }
                prepare_for_a_program(&mut request);
                let extensions = request.extensions_mut();
                extensions.insert(auth);
                extensions.insert(AuthCookies::none());
                extensions.insert(authkit);
                let mut response = inner.call(request).await?;
                no_store(response.headers_mut());
                return Ok(response);
            }
            // Who is about to start or end a session needs no new token, and should not wait for one.
            let in_the_flow = [paths::CALLBACK, paths::SIGN_OUT].contains(&request.uri().path());
            let auth = authkit.authenticate(&cookies, !in_the_flow).await;
            let session = auth
                .session_id
                .clone()
                .zip(auth.user_id().map(str::to_owned));
            let extensions = request.extensions_mut();
            extensions.insert(auth);
            extensions.insert(cookies.clone());
            extensions.insert(authkit.clone());
            let mut response = inner.call(request).await?;
            let is_over = session.is_some_and(|(id, user)| authkit.is_denied(&id, &user));
            let is_old = match cookies.session_set() {
                Some(session) => authkit.inner.refresher.is_superseded(&session),
                // If anything, it removes one.
                None => asked.elapsed() > LATE,
            };
            if !in_the_flow && (is_over || is_old) {
                // While this answer was made the session has ended, or has moved on. The browser may
                // have another one by now, which this answer must neither replace nor remove.
                cookies.leave_session(&authkit.inner.cookie);
            }
            cookies.write(response.headers_mut());
            no_store(response.headers_mut());
            Ok(response)
        })
    }
}

/// A prefetch, an image in another page, or a script's fetch: a step of the sign-in would leave an attempt behind that
/// nobody finishes, or use one up, and a script can't follow the redirect to another origin.
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

/// Why a person who goes to a page does not get it: a token came along that is not accepted, a proxy's most likely. The
/// page that explains it is theirs all the same.
fn refused_to_a_person(request: &Request, auth: &Auth) -> Option<SignInFailure> {
    let refusal = auth.bearer.as_ref()?.as_ref().err()?;
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
    let status = match *method {
        Method::GET => StatusCode::FOUND,
        _ => StatusCode::SEE_OTHER,
    };
    let mut response = (status, [(LOCATION, page)]).into_response();
    no_store(response.headers_mut());
    response
}

/// HEAD has the headers of what GET would answer (RFC 9110 §9.3.2), and no effect: a step of the sign-in is answered as
/// to somebody without cookies and without a code. Whether it is one.
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

/// Whoever brings a token is no browser. Its cookies have been looked at and count for nothing; and
/// where it reads HTML too, server functions must not answer as to a form, by leading on.
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

impl AuthKit {
    /// Who sent these cookies. The one place that decides, and the one that logs the decision.
    async fn authenticate(&self, cookies: &AuthCookies, renew: bool) -> Auth {
        let deadline = Instant::now() + BUDGET;
        let session = match cookies.session(&self.inner.cookie, &self.inner.sealer) {
            Ok(Some(session)) => session,
            Ok(None) => return Auth::signed_out(None),
            // Not ours, or no longer: another program's, another project's, or sealed under a password of the
            // past. It is left alone; the next sign-in takes its place.
            Err(error) => {
                tracing::info!(reason = error.code(), "session cookie not read: signed out");
                return Auth::signed_out(None);
            }
        };
        if cookies.is_under_old_name(&self.inner.cookie) {
            self.rename_cookie(cookies, &session);
        }
        if self.is_denied(&session.session_id, &session.user.id) {
            if self.inner.revoked.was_just_replaced(&session.session_id) {
                // The browser is getting another session this very moment: not to be removed.
                return Auth::signed_out(Some(session.session_id));
            }
            return self.end(cookies, "session_revoked", session);
        }
        let now = self.inner.clock.now();
        self.inner.refresher.arrived(&session, now);
        let verifier = &self.inner.verifier;
        let verifying = verifier.verify_session(&session.access_token, TokenSource::Request);
        let verified = tokio::time::timeout_at(deadline, verifying).await;
        let claims = match verified.unwrap_or(Err(TokenError::CouldNotCheck(JwksError::TimedOut))) {
            Ok(claims) if claims.sub != session.user.id => {
                return self.end(cookies, "token_subject", session);
            }
            Ok(claims) => Some(Arc::new(claims)),
            // The seal says that the token was verified once; its key may be gone since then.
            Err(TokenError::Expired { .. } | TokenError::KeyUnknown { .. }) => None,
            Err(TokenError::CouldNotCheck(error)) => {
                tracing::warn!(reason = "jwks_unavailable", %error, "session can't be checked");
                return Auth::unavailable(&session, None);
            }
            Err(error) => return self.end(cookies, error.code(), session),
        };
        match claims {
            Some(claims) if renew && self.inner.changes.concern_rights_of(&*claims) => {
                let expires_at = claims.exp;
                let wish = Wish::Rights { expires_at };
                self.renew(cookies, session, wish, deadline).await
            }
            Some(claims) if !renew || !self.renewal_is_due(&claims, now) => {
                self.inner.revoked.note_life(claims.iat, claims.exp);
                Auth::signed_in(&session, claims)
            }
            Some(claims) => self.renew_ahead(cookies, session, claims, deadline).await,
            None if renew => self.renew(cookies, session, Wish::Renewal, deadline).await,
            None => Auth::unavailable(&session, None),
        }
    }

    /// Moves a session from the cookie of an earlier version to the one of today.
    fn rename_cookie(&self, cookies: &AuthCookies, session: &Session) {
        if let Ok(sealed) = self.seal(session) {
            // What does not fit under its new name stays under the old one.
            let _ = cookies.set_session(&self.inner.cookie, session, &sealed);
        }
    }

    fn renewal_is_due(&self, claims: &Claims, now: u64) -> bool {
        let life = claims
            .iat
            .map_or(SHORT_LIFE, |iat| claims.exp.saturating_sub(iat));
        let buffer = match self.inner.refresh_buffer {
            Some(buffer) => buffer.as_secs(),
            None if life <= SHORT_LIFE => SHORT_REFRESH_BUFFER,
            None => REFRESH_BUFFER,
        };
        // With a buffer longer than a token's life every request would renew.
        claims.exp <= now + buffer.min(life / 2)
    }

    /// A token that is good and about to expire. One request renews it and waits a moment for that;
    /// the others go on, and nobody minds if it fails.
    async fn renew_ahead(
        &self,
        cookies: &AuthCookies,
        session: Session,
        claims: Arc<Claims>,
        deadline: Instant,
    ) -> Auth {
        let refresher = &self.inner.refresher;
        let renewed = if refresher.goes_ahead(&session) {
            let until = deadline.min(Instant::now() + PATIENCE_AHEAD);
            let wish = Wish::Ahead {
                expires_at: claims.exp,
            };
            refresher.refresh(self, &session, wish, until).await
        } else {
            match refresher.known_successor(&session).await {
                Some(renewed) => Ok(renewed),
                None => return Auth::signed_in(&session, claims),
            }
        };
        match renewed {
            Ok(renewed) => self.accept(cookies, &renewed),
            Err(error) => {
                let reason = error.code();
                match error.remedy() {
                    Some(remedy) => {
                        tracing::error!(reason, "session not renewed ahead of time: {remedy}");
                    }
                    None => tracing::info!(reason, "session not renewed ahead of time"),
                }
                Auth::signed_in(&session, claims)
            }
        }
    }

    /// A session whose token is no good any more: it has expired, or says what is true no more.
    async fn renew(
        &self,
        cookies: &AuthCookies,
        session: Session,
        wish: Wish,
        deadline: Instant,
    ) -> Auth {
        let refresher = &self.inner.refresher;
        let renewed = refresher.refresh(self, &session, wish, deadline);
        let error = match renewed.await {
            Ok(renewed) => return self.accept(cookies, &renewed),
            Err(error) => error,
        };
        let reason = error.code();
        if error.is_final() {
            return self.end(cookies, reason, session);
        }
        match error.remedy() {
            Some(remedy) => tracing::error!(reason, "session can't be renewed: {remedy}"),
            None => tracing::warn!(reason, "session can't be renewed right now"),
        }
        Auth::unavailable(&session, error.retry_after())
    }

    fn accept(&self, cookies: &AuthCookies, renewed: &Renewed) -> Auth {
        let (session, claims) = (&renewed.session, &renewed.claims);
        if self.is_denied(&session.session_id, &session.user.id) {
            // Just now. Its cookie is gone already, or goes with the next request.
            tracing::info!(
                reason = "session_revoked",
                "session ended while it was renewed"
            );
            return Auth::signed_out(Some(session.session_id.clone()));
        }
        self.inner.revoked.note_life(claims.iat, claims.exp);
        if cookies
            .set_session(&self.inner.cookie, session, &renewed.sealed)
            .is_err()
        {
            // Its successor is in the ledger, where the old cookie goes on leading to it.
            let bytes = session.access_token.expose_secret().len();
            tracing::error!(
                reason = "session_too_long",
                bytes,
                "renewed session not stored: its access token does not fit into cookies"
            );
        }
        tracing::debug!(reason = "token_renewed", "session renewed");
        Auth::signed_in(session, Arc::clone(claims))
    }

    /// Moves a session, whose token is good until `expires_at`, to another organization.
    pub(super) async fn switch(
        &self,
        session: &Session,
        organization: &str,
        expires_at: u64,
    ) -> Result<Arc<Renewed>, Arc<RefreshError>> {
        // The layer may have waited for a moment already.
        let deadline = Instant::now() + (BUDGET - PATIENCE_AHEAD);
        let wish = Wish::Organization {
            id: organization.to_owned(),
            expires_at,
        };
        self.inner
            .refresher
            .refresh(self, session, wish, deadline)
            .await
    }

    pub(super) fn is_denied(&self, session_id: &str, user_id: &str) -> bool {
        let now = self.inner.clock.now();
        self.inner.revoked.contains(session_id, user_id, now)
    }

    /// No session after all: the cookie goes. Its id is kept, so that signing out can still end it
    /// at AuthKit.
    fn end(&self, cookies: &AuthCookies, reason: &'static str, session: Session) -> Auth {
        tracing::info!(reason, "session cookie refused: signed out");
        cookies.clear_session(&self.inner.cookie);
        Auth::signed_out(Some(session.session_id))
    }
}
