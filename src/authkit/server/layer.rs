//! The layer that answers "who is it?": once per request, before anything else looks.
//!
//! Reads the cookie, opens it, verifies the access token, renews it if need be, puts [`Auth`] into
//! the request, and writes cookies and cache headers on the way out. Wraps every route whose
//! answer may depend on who asks.

use super::{
    AuthKit,
    answer::no_store,
    cookies::AuthCookies,
    core::session::Session,
    token::verifier::{Claims, TokenError},
};
use crate::authkit::auth::{AuthState, Identity};
use axum::{body::Body, extract::Request, response::Response};
use futures_util::future::BoxFuture;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// Seconds before its expiry from which on a token is renewed (tokens live five minutes).
const REFRESH_BUFFER: u64 = 30;

/// The answer, in the request's extensions.
#[derive(Clone, Debug)]
pub struct Auth {
    /// What pages and islands may know.
    pub state: AuthState,
    /// The verified claims; there are some exactly when `state` is signed in.
    pub claims: Option<Arc<Claims>>,
    /// The id of the session that was in the cookie, also of one that has expired or can't be
    /// vouched for: signing out must end it all the same.
    pub session_id: Option<String>,
}

impl Auth {
    fn signed_out() -> Self {
        Self {
            state: AuthState::SignedOut,
            claims: None,
            session_id: None,
        }
    }

    fn signed_in(session: &Session, claims: Arc<Claims>) -> Self {
        Self {
            state: AuthState::SignedIn(identity(session, &claims)),
            session_id: Some(session.session_id.clone()),
            claims: Some(claims),
        }
    }

    fn unavailable(session: &Session) -> Self {
        Self {
            state: AuthState::Unavailable(Some(session.user.clone())),
            claims: None,
            session_id: Some(session.session_id.clone()),
        }
    }
}

fn identity(session: &Session, claims: &Claims) -> Identity {
    Identity {
        user: session.user.clone(),
        session_id: claims.sid.clone(),
        organization_id: claims.org_id.clone(),
        role: claims.role.clone(),
        permissions: claims.permissions.clone(),
        impersonator: session.impersonator.clone(),
        expires_at: claims.exp,
    }
}

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
            let cookies = AuthCookies::read(request.headers());
            let auth = authkit.authenticate(&cookies).await;
            let extensions = request.extensions_mut();
            extensions.insert(auth);
            extensions.insert(cookies.clone());
            extensions.insert(authkit);
            let mut response = inner.call(request).await?;
            cookies.write(response.headers_mut());
            no_store(response.headers_mut());
            Ok(response)
        })
    }
}

impl AuthKit {
    /// Who sent these cookies. The one place that decides, and the one that logs the decision.
    async fn authenticate(&self, cookies: &AuthCookies) -> Auth {
        let config = &self.inner.cookie;
        let session = match cookies.session(config, &self.inner.sealer) {
            Ok(Some(session)) => session,
            Ok(None) => return Auth::signed_out(),
            Err(error) => return self.end(cookies, error.code()),
        };
        match self.inner.verifier.verify(&session.access_token).await {
            Ok(claims) if claims.sub != session.user.id => self.end(cookies, "token_subject"),
            Ok(claims) => self.keep(cookies, &session, claims).await,
            Err(TokenError::Expired) => self.renew(cookies, &session, None).await,
            Err(TokenError::CouldNotCheck(error)) => {
                tracing::warn!(reason = "jwks_unavailable", %error, "session can't be checked");
                Auth::unavailable(&session)
            }
            Err(error) => self.end(cookies, error.code()),
        }
    }

    /// A valid session: renewed first if its token is about to expire.
    async fn keep(&self, cookies: &AuthCookies, session: &Session, claims: Claims) -> Auth {
        let claims = Arc::new(claims);
        if claims.exp > self.inner.clock.now() + REFRESH_BUFFER {
            return Auth::signed_in(session, claims);
        }
        self.renew(cookies, session, Some(claims)).await
    }

    /// A session whose token has expired, or is about to and still has valid `claims`.
    async fn renew(
        &self,
        cookies: &AuthCookies,
        session: &Session,
        claims: Option<Arc<Claims>>,
    ) -> Auth {
        match self.inner.refresher.refresh(self, session).await {
            Ok(renewed) => {
                if self.write_session(cookies, &renewed.session).is_err() {
                    tracing::error!(reason = "session_too_long", "renewed session not stored");
                }
                tracing::debug!(reason = "token_renewed", "session renewed");
                Auth::signed_in(&renewed.session, Arc::new(renewed.claims.clone()))
            }
            Err(error) if error.is_final() => self.end(cookies, error.code()),
            Err(error) => {
                tracing::warn!(reason = error.code(), "session can't be renewed right now");
                match claims {
                    Some(claims) => Auth::signed_in(session, claims),
                    None => Auth::unavailable(session),
                }
            }
        }
    }

    /// No session after all: the cookie goes.
    fn end(&self, cookies: &AuthCookies, reason: &'static str) -> Auth {
        tracing::info!(reason, "session cookie refused: signed out");
        cookies.clear_session(&self.inner.cookie);
        Auth::signed_out()
    }

    /// Seals `session` into the session cookie.
    ///
    /// # Errors
    /// When the session is too long for a browser to keep, or the system has no randomness.
    pub(super) fn write_session(
        &self,
        cookies: &AuthCookies,
        session: &Session,
    ) -> Result<(), WriteError> {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).map_err(|_| WriteError)?;
        let config = &self.inner.cookie;
        let sealed = session.seal(&self.inner.sealer, nonce, &config.name);
        cookies.set_session(config, &sealed).map_err(|_| WriteError)
    }
}

/// The session could not be put into cookies.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the session can't be put into cookies")]
pub(super) struct WriteError;
