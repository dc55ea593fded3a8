//! [`Authenticator`]: from the cookies or the bearer token of a request to its [`Caller`].
//!
//! Asked by the layer, once per request. The only code that decides what becomes of a session cookie, and the only
//! code that logs the decision. Changes no cookie but the session's.

use super::{
    bearer::{Bearer, BearerError},
    identity::UserIdentity,
    kinds::Caller,
    published_claims::PublishedClaims,
};
use crate::server::{
    config::CookieConfig,
    cookie_sealer::CookieSealer,
    cookies::AuthCookies,
    core::{clock::Clock, seal::Sealer, session::Session},
    refresh::{Refresher, Renewed, Wish},
    revocations::Revocations,
    token::{Claims, JwksError, Refusal, TokenError, TokenSource, Verifier},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// The longest time that authentication adds to a request, whatever is unreachable.
const BUDGET: Duration = Duration::from_secs(3);
/// How long a request waits for a new token while its own is still valid.
const PATIENCE_AHEAD: Duration = Duration::from_millis(500);
/// A token is renewed this long before its expiry, unless configured otherwise. In seconds.
const REFRESH_BUFFER: u64 = 60;
/// The same for tokens whose life is at most [`SHORT_LIFE`]. In seconds.
const SHORT_REFRESH_BUFFER: u64 = 30;
const SHORT_LIFE: u64 = 300;

/// An answer that took longer may reach a browser whose session is another one by now.
const LATE: Duration = Duration::from_secs(1);

/// Finds out who sent a request.
pub(in crate::server) struct Authenticator {
    /// Name and attributes of the session cookie.
    pub cookie: CookieConfig,
    /// Opens the session cookie.
    pub sealer: Arc<Sealer>,
    /// Seals the session cookie.
    pub cookie_sealer: CookieSealer,
    /// Checks access tokens.
    pub verifier: Verifier,
    /// Renews sessions.
    pub refresher: Arc<Refresher>,
    /// Knows which sessions are over.
    pub revocations: Arc<Revocations>,
    /// A token is renewed this long before its expiry, if configured.
    pub refresh_buffer: Option<Duration>,
    /// The clock.
    pub clock: Clock,
    /// What pages may know of the claims.
    pub published_claims: PublishedClaims,
}

impl Authenticator {
    /// The caller who sent these cookies. Logs why a session is not accepted.
    ///
    /// `renew` is false for a request that needs no new token.
    pub async fn authenticate(&self, cookies: &AuthCookies, renew: bool) -> Caller {
        let deadline = Instant::now() + BUDGET;
        let session = match cookies.session(&self.cookie, &self.sealer) {
            Ok(Some(session)) => session,
            Ok(None) => return Caller::Nobody { ended: None },
            // Another program's or another project's cookie, or one sealed under an old password. It is left alone;
            // the next sign-in replaces it.
            Err(error) => {
                tracing::info!(reason = error.code(), "session cookie not read: signed out");
                return Caller::Nobody { ended: None };
            }
        };
        if cookies.is_under_old_name(&self.cookie) {
            self.rename_cookie(cookies, &session);
        }
        if self
            .revocations
            .is_denied(&session.session_id, &session.user.id)
        {
            if self.revocations.was_just_replaced(&session.session_id) {
                // The browser is receiving another session at this moment, which must not be removed.
                return ended(session.session_id);
            }
            return self.end(cookies, "session_revoked", session);
        }
        let now = self.clock.now();
        self.refresher.arrived(&session, now);
        let verifier = &self.verifier;
        let verifying = verifier.verify_session(&session.access_token, TokenSource::Request);
        let verified = tokio::time::timeout_at(deadline, verifying).await;
        let claims = match verified.unwrap_or(Err(TokenError::CouldNotCheck(JwksError::TimedOut))) {
            Ok(claims) if claims.sub() != session.user.id => {
                return self.end(cookies, "token_subject", session);
            }
            Ok(claims) => Some(Arc::new(claims)),
            // A sealed token was verified before it was sealed. Its key may have been withdrawn since.
            Err(TokenError::Expired { .. } | TokenError::KeyUnknown { .. }) => None,
            Err(TokenError::CouldNotCheck(error)) => {
                tracing::warn!(reason = "jwks_unavailable", %error, "session can't be checked");
                return Caller::unknown(session, None);
            }
            Err(error) => return self.end(cookies, error.code(), session),
        };
        match claims {
            Some(claims) if renew && self.revocations.concern_rights_of(&*claims) => {
                let expires_at = claims.exp();
                let wish = Wish::Rights { expires_at };
                self.renew(cookies, session, wish, deadline).await
            }
            Some(claims) if !renew || !self.renewal_is_due(&claims, now) => {
                self.revocations.note_life(claims.iat(), claims.exp());
                self.caller(&session, claims)
            }
            Some(claims) => self.renew_ahead(cookies, session, claims, deadline).await,
            None if renew => self.renew(cookies, session, Wish::Renewal, deadline).await,
            None => Caller::unknown(session, None),
        }
    }

    /// Moves a session from an earlier version's cookie to the current one.
    fn rename_cookie(&self, cookies: &AuthCookies, session: &Session) {
        if let Ok(sealed) = self.cookie_sealer.seal(session) {
            // A session that does not fit under the new name stays under the old one.
            let _ = cookies.set_session(&self.cookie, session, &sealed);
        }
    }

    fn renewal_is_due(&self, claims: &Claims, now: u64) -> bool {
        let (iat, exp) = (claims.iat(), claims.exp());
        let life = iat.map_or(SHORT_LIFE, |iat| exp.saturating_sub(iat));
        let buffer = match self.refresh_buffer {
            Some(buffer) => buffer.as_secs(),
            None if life <= SHORT_LIFE => SHORT_REFRESH_BUFFER,
            None => REFRESH_BUFFER,
        };
        // With a buffer longer than the token's life, every request would renew.
        exp <= now + buffer.min(life / 2)
    }

    /// A token that is valid and about to expire. One request renews it and waits a moment for the answer. The others
    /// use the current token, and so does this one if the renewal fails.
    async fn renew_ahead(
        &self,
        cookies: &AuthCookies,
        session: Session,
        claims: Arc<Claims>,
        deadline: Instant,
    ) -> Caller {
        let refresher = &self.refresher;
        let renewed = if refresher.goes_ahead(&session) {
            let until = deadline.min(Instant::now() + PATIENCE_AHEAD);
            let wish = Wish::Ahead {
                expires_at: claims.exp(),
            };
            refresher.renew(&session, wish, until).await
        } else {
            match refresher.known_successor(&session).await {
                Some(renewed) => Ok(renewed),
                None => return self.caller(&session, claims),
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
                self.caller(&session, claims)
            }
        }
    }

    /// A session whose token has expired, or whose user's rights have changed since it was issued.
    async fn renew(
        &self,
        cookies: &AuthCookies,
        session: Session,
        wish: Wish,
        deadline: Instant,
    ) -> Caller {
        let refresher = &self.refresher;
        let renewed = refresher.renew(&session, wish, deadline);
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
        Caller::unknown(session, error.retry_after())
    }

    fn caller(&self, session: &Session, claims: Arc<Claims>) -> Caller {
        Caller::of_session(session, claims, &self.published_claims)
    }

    fn accept(&self, cookies: &AuthCookies, renewed: &Renewed) -> Caller {
        let (session, claims) = (&renewed.session, &renewed.claims);
        if self
            .revocations
            .is_denied(&session.session_id, &session.user.id)
        {
            // Denied during the renewal. The cookie is gone already, or is removed by the next request.
            tracing::info!(
                reason = "session_revoked",
                "session ended while it was renewed"
            );
            return ended(session.session_id.clone());
        }
        self.revocations.note_life(claims.iat(), claims.exp());
        if cookies
            .set_session(&self.cookie, session, &renewed.sealed)
            .is_err()
        {
            // The successor is in the ledger, where the old cookie still leads to it.
            let bytes = session.access_token.expose_secret().len();
            tracing::error!(
                reason = "session_too_long",
                bytes,
                "renewed session not stored: its access token does not fit into cookies"
            );
        }
        tracing::debug!(reason = "token_renewed", "session renewed");
        self.caller(session, Arc::clone(claims))
    }

    /// Leaves the session cookie as the browser has it, if the caller's session has ended or moved on while the answer
    /// was made, since `asked`: the browser may have another session by now, which this answer must neither replace nor
    /// remove.
    pub fn leave_if_outrun(&self, caller: &Caller, cookies: &AuthCookies, asked: Instant) {
        let session = caller.running_session();
        let is_over = session.is_some_and(|(id, user)| self.revocations.is_denied(id, user));
        let is_old = match cookies.session_set() {
            Some(session) => self.refresher.is_superseded(&session),
            // If anything, it removes one.
            None => asked.elapsed() > LATE,
        };
        if is_over || is_old {
            cookies.leave_session(&self.cookie);
        }
    }

    /// Removes the cookie of a session that is not accepted. The session's id is kept, so that signing out can still
    /// end it at WorkOS.
    fn end(&self, cookies: &AuthCookies, reason: &'static str, session: Session) -> Caller {
        tracing::info!(reason, "session cookie refused: signed out");
        cookies.clear_session(&self.cookie);
        ended(session.session_id)
    }

    /// The caller who sent this token. Logs a refusal, once.
    pub async fn authenticate_bearer(&self, bearer: Bearer, cookies: &AuthCookies) -> Caller {
        match self.identify_bearer(bearer, cookies).await {
            Ok((identity, token)) => Caller::Program(Arc::new(identity), token),
            Err(error) => {
                let reason = error.code();
                tracing::info!(reason, "access token refused: {error}");
                Caller::Refused(Arc::new(error))
            }
        }
    }

    async fn identify_bearer(
        &self,
        bearer: Bearer,
        cookies: &AuthCookies,
    ) -> Result<(UserIdentity, SecretString), BearerError> {
        let deadline = Instant::now() + BUDGET;
        let token = bearer.token()?;
        let verifying = self.verifier.verify(&token);
        let verified = tokio::time::timeout_at(deadline, verifying).await;
        let verified =
            verified.unwrap_or_else(|_| Err(Refusal::undecodable(JwksError::TimedOut.into())))?;
        let expires_at = verified.expires_at;
        let identity = UserIdentity::of_token(verified);
        let own_session = identity.session_id().zip(Some(identity.subject.as_str()));
        if let Some((id, user)) = own_session {
            if self.revocations.is_denied(id, user) {
                return Err(BearerError::Ended);
            }
            let issued_at = identity.claim("iat").and_then(Value::as_u64);
            self.revocations.note_life(issued_at, expires_at);
        }
        // A cookie that cannot be opened belongs to no user.
        if let Ok(Some(session)) = cookies.session(&self.cookie, &self.sealer)
            && own_session != Some((&session.session_id, &session.user.id))
        {
            return Err(BearerError::Disagree);
        }
        Ok((identity, token))
    }
}

/// The caller of a session that is over.
fn ended(session_id: String) -> Caller {
    Caller::Nobody {
        ended: Some(session_id),
    }
}
