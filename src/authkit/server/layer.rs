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
use crate::authkit::{
    auth::{AuthState, Identity},
    paths,
};
use axum::{body::Body, extract::Request, response::Response};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
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
    /// The token they are from.
    pub(crate) access_token: Option<SecretString>,
    /// The id of the session that was in the cookie, also of one that has expired or can't be
    /// vouched for: signing out must end it all the same.
    pub session_id: Option<String>,
}

impl Auth {
    fn signed_out(session_id: Option<String>) -> Self {
        Self {
            state: AuthState::SignedOut,
            claims: None,
            access_token: None,
            session_id,
        }
    }

    fn signed_in(session: &Session, claims: Arc<Claims>) -> Self {
        Self {
            state: AuthState::SignedIn(identity(session, &claims)),
            session_id: Some(session.session_id.clone()),
            access_token: Some(session.access_token.clone()),
            claims: Some(claims),
        }
    }

    fn unavailable(session: &Session) -> Self {
        Self {
            state: AuthState::Unavailable(Some(session.user.clone())),
            claims: None,
            access_token: None,
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
            // Who is about to start or end a session needs no new token, and should not wait for one.
            let in_the_flow = [paths::CALLBACK, paths::SIGN_OUT].contains(&request.uri().path());
            let auth = authkit.authenticate(&cookies, !in_the_flow).await;
            let session_id = auth.session_id.clone();
            let extensions = request.extensions_mut();
            extensions.insert(auth);
            extensions.insert(cookies.clone());
            extensions.insert(authkit.clone());
            let mut response = inner.call(request).await?;
            if !in_the_flow && session_id.is_some_and(|id| authkit.inner.revoked.contains(&id)) {
                // Signed out while this answer was made: it must not bring the session back.
                cookies.clear_session(&authkit.inner.cookie);
            }
            cookies.write(response.headers_mut());
            no_store(response.headers_mut());
            Ok(response)
        })
    }
}

impl AuthKit {
    /// Who sent these cookies. The one place that decides, and the one that logs the decision.
    async fn authenticate(&self, cookies: &AuthCookies, renew: bool) -> Auth {
        let session = match cookies.session(&self.inner.cookie, &self.inner.sealer) {
            Ok(Some(session)) => session,
            Ok(None) => return Auth::signed_out(None),
            Err(error) => return self.end(cookies, error.code(), None),
        };
        if self.inner.revoked.contains(&session.session_id) {
            return self.end(cookies, "session_revoked", Some(session));
        }
        let claims = match self.inner.verifier.verify(&session.access_token).await {
            Ok(claims) if claims.sub != session.user.id => {
                return self.end(cookies, "token_subject", Some(session));
            }
            Ok(claims) => Some(Arc::new(claims)),
            // The seal says that the token was verified once; its key may be gone since then.
            Err(TokenError::Expired | TokenError::KeyUnknown) => None,
            Err(TokenError::CouldNotCheck(error)) => {
                tracing::warn!(reason = "jwks_unavailable", %error, "session can't be checked");
                return Auth::unavailable(&session);
            }
            Err(error) => return self.end(cookies, error.code(), Some(session)),
        };
        let renewal_is_due = self.inner.clock.now() + REFRESH_BUFFER;
        match claims {
            Some(claims) if claims.exp > renewal_is_due || !renew => {
                Auth::signed_in(&session, claims)
            }
            None if !renew => Auth::unavailable(&session),
            claims => self.renew(cookies, session, claims).await,
        }
    }

    /// A session whose token is no good any more, or is about to expire and still has `claims`.
    async fn renew(
        &self,
        cookies: &AuthCookies,
        session: Session,
        claims: Option<Arc<Claims>>,
    ) -> Auth {
        let error = match self.inner.refresher.refresh(self, &session).await {
            Ok(renewed) => {
                let stored = cookies.set_session(&self.inner.cookie, &renewed.sealed);
                if stored.is_err() {
                    tracing::error!(reason = "session_too_long", "renewed session not stored");
                }
                tracing::debug!(reason = "token_renewed", "session renewed");
                return Auth::signed_in(&renewed.session, Arc::clone(&renewed.claims));
            }
            Err(error) => error,
        };
        match claims {
            // Somebody else may have renewed it with the same cookie; the token is good either way.
            Some(claims) => {
                tracing::info!(reason = error.code(), "session not renewed ahead of time");
                Auth::signed_in(&session, claims)
            }
            None if error.is_final() => self.end(cookies, error.code(), Some(session)),
            None if error.is_misconfiguration() => {
                tracing::error!(
                    reason = error.code(),
                    "session can't be renewed: WorkOS does not accept WORKOS_API_KEY with WORKOS_CLIENT_ID; compare both with the dashboard"
                );
                Auth::unavailable(&session)
            }
            None => {
                tracing::warn!(reason = error.code(), "session can't be renewed right now");
                Auth::unavailable(&session)
            }
        }
    }

    /// No session after all: the cookie goes. Its id is kept, so that signing out can still end it
    /// at AuthKit.
    fn end(&self, cookies: &AuthCookies, reason: &'static str, session: Option<Session>) -> Auth {
        tracing::info!(reason, "session cookie refused: signed out");
        cookies.clear_session(&self.inner.cookie);
        Auth::signed_out(session.map(|session| session.session_id))
    }
}
