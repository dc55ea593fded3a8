//! [`Authenticator`]: from the cookies or the bearer token of a request to its [`Caller`].
//!
//! Asked by the layer, once per request. The only code that decides what becomes of a session cookie, and the only
//! code that logs the decision. Changes no cookie but the session's.

use super::{
    bearer::{Bearer, BearerError},
    identity::UserIdentity,
    kinds::{Caller, SessionCaller},
    memory::memory_of,
    published_claims::PublishedClaims,
    remembered::{Proof, Remembered},
};
use crate::server::{
    config::CookieConfig,
    cookie_sealer::CookieSealer,
    cookies::AuthCookies,
    core::{clock::Clock, seal::Sealer, session::Session},
    ledger::Fingerprint,
    metrics,
    refresh::{Refresher, Renewed, Wish},
    revocations::Revocations,
    token::{Claims, Grounds, JwksError, Refusal, TokenError, TokenSource, Verifier},
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

/// Memory that a remembered caller takes beside claims and token, in bytes: what is made of them, and its place.
const CALLER_BYTES: usize = 2_000;

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
    /// Sessions by their cookies.
    pub sessions: Remembered<KnownSession>,
    /// Programs by their tokens.
    pub programs: Remembered<KnownProgram>,
}

/// The caller whom a session cookie has led to, and all that a request with the same cookie needs to know.
pub(in crate::server) struct KnownSession {
    caller: Arc<SessionCaller>,
    /// Of its refresh token, where that came of a renewal.
    successor: Option<Fingerprint>,
    /// Names of the cookies that it was read from.
    opened: Arc<[String]>,
    grounds: Grounds,
}

/// What this process remembers of callers, since it has started.
///
/// A caller is remembered by a keyed hash of the session cookie or bearer token, until the token expires, in 80 MiB for
/// each of the two at most. What could make a caller another, or nobody, is asked on each request all the same: the
/// token's dates, its provider's keys, revocations, and whether rights have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RememberedStats {
    /// Session cookies and bearer tokens whose caller is remembered, roughly.
    pub callers: u64,
    /// Requests whose cookie or token did not have to be opened and verified.
    pub hits: u64,
}

/// Whom a bearer token has turned out to be of.
pub(in crate::server) struct KnownProgram {
    identity: Arc<UserIdentity>,
    grounds: Grounds,
}

impl Authenticator {
    /// The caller who sent these cookies. Logs why a session is not accepted.
    ///
    /// `renew` is false for a request that needs no new token.
    pub async fn authenticate(&self, cookies: &AuthCookies, renew: bool) -> Caller {
        let deadline = Instant::now() + BUDGET;
        let mut naming = self.sessions.naming();
        if !cookies.for_each_of_session(&self.cookie, |pair| naming.add(pair)) {
            return Caller::Nobody { ended: None };
        }
        let proof = naming.proof();
        if let Some(known) = self.sessions.get(&proof)
            && self.is_still(&known, renew, deadline).await
        {
            self.sessions.count_hit();
            cookies.opened_before(&known.opened);
            if let Some(successor) = &known.successor {
                self.refresher.arrived(successor, self.clock.now());
            }
            return Caller::Session(Arc::clone(&known.caller));
        }
        self.open(cookies, proof, renew, deadline).await
    }

    /// Whether the session is accepted as it was: its token is valid, and neither over nor to be renewed. Whatever else
    /// becomes of a session is found out by opening it.
    async fn is_still(&self, known: &KnownSession, renew: bool, deadline: Instant) -> bool {
        let now = self.clock.now();
        let (claims, signed_in) = (&*known.caller.claims, &known.caller.signed_in);
        let holding = tokio::time::timeout_at(deadline, known.grounds.hold(now));
        let must_renew = || {
            renew
                && (self.revocations.concern_rights_of(claims) || self.renewal_is_due(claims, now))
        };
        let (session, user) = (&signed_in.session_id, &signed_in.user.id);
        holding.await.unwrap_or(false)
            && !self.revocations.is_denied(session, user)
            && !must_renew()
    }

    /// The caller of a session cookie that nothing is known of, or nothing that still holds.
    async fn open(
        &self,
        cookies: &AuthCookies,
        proof: Proof,
        renew: bool,
        deadline: Instant,
    ) -> Caller {
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
        let is_under_old_name = cookies.is_under_old_name(&self.cookie);
        if is_under_old_name {
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
        let successor = (session.is_successor).then(|| Fingerprint::of(&session.refresh_token));
        if let Some(successor) = &successor {
            self.refresher.arrived(successor, now);
        }
        let verifier = &self.verifier;
        let verifying = verifier.accept_session(&session.access_token, TokenSource::Request);
        let verified = tokio::time::timeout_at(deadline, verifying).await;
        let claims = match verified.unwrap_or(Err(TokenError::CouldNotCheck(JwksError::TimedOut))) {
            Ok((claims, _)) if claims.sub() != session.user.id => {
                return self.end(cookies, "token_subject", session);
            }
            Ok((claims, grounds)) => Some((Arc::new(claims), grounds)),
            // A sealed token was verified before it was sealed. Its key may have been withdrawn since.
            Err(TokenError::Expired { .. } | TokenError::KeyUnknown { .. }) => None,
            Err(TokenError::CouldNotCheck(error)) => {
                tracing::warn!(reason = "jwks_unavailable", %error, "session can't be checked");
                return Caller::unknown(session, None);
            }
            Err(error) => return self.end(cookies, error.code(), session),
        };
        match claims {
            Some((claims, _)) if renew && self.revocations.concern_rights_of(&*claims) => {
                let expires_at = claims.exp();
                let wish = Wish::Rights { expires_at };
                self.renew(cookies, session, wish, deadline).await
            }
            Some((claims, grounds)) if !renew || !self.renewal_is_due(&claims, now) => {
                self.revocations.note_life(claims.iat(), claims.exp());
                let is_itself = claims.sid() == session.session_id;
                let caller = self.caller(&session, claims);
                if let Caller::Session(caller) = &caller
                    && let Some(grounds) = grounds.filter(|_| is_itself)
                    && !is_under_old_name
                {
                    let opened = cookies.opened();
                    let names: usize = opened.iter().map(String::len).sum();
                    let token = session.access_token.expose_secret().len();
                    // As the token has them, and as part of the identity.
                    let claims = 2 * memory_of(caller.claims.all());
                    let bytes = CALLER_BYTES + claims + token + names;
                    let lasts = grounds.last(now);
                    let known = KnownSession {
                        caller: Arc::clone(caller),
                        successor,
                        opened,
                        grounds,
                    };
                    self.sessions.put(proof, known, bytes, lasts);
                }
                caller
            }
            Some((claims, _)) => self.renew_ahead(cookies, session, claims, deadline).await,
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
            Ok((identity, token)) => Caller::Program(identity, token),
            Err(error) => {
                let reason = error.code();
                tracing::info!(reason, "access token refused: {error}");
                metrics::refused_token(reason);
                Caller::Refused(Arc::new(error))
            }
        }
    }

    async fn identify_bearer(
        &self,
        bearer: Bearer,
        cookies: &AuthCookies,
    ) -> Result<(Arc<UserIdentity>, SecretString), BearerError> {
        let token = bearer.token()?;
        let deadline = Instant::now() + BUDGET;
        let identifying = tokio::time::timeout_at(deadline, self.program(&token)).await;
        let timed_out = |_| Err(Refusal::undecodable(JwksError::TimedOut.into()));
        let identity = identifying.unwrap_or_else(timed_out)?;
        let own_session = identity.session_id().zip(Some(identity.subject.as_str()));
        if let Some((id, user)) = own_session {
            if self.revocations.is_denied(id, user) {
                return Err(BearerError::Ended);
            }
            let issued_at = identity.claim("iat").and_then(Value::as_u64);
            self.revocations.note_life(issued_at, identity.expires_at());
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

impl Authenticator {
    /// What is remembered of callers.
    pub fn remembered(&self) -> RememberedStats {
        RememberedStats {
            callers: self.sessions.count() + self.programs.count(),
            hits: self.sessions.hits() + self.programs.hits(),
        }
    }

    /// Whose token this is, verified or known from before.
    async fn program(&self, token: &SecretString) -> Result<Arc<UserIdentity>, Refusal> {
        let mut naming = self.programs.naming();
        naming.add(token.expose_secret().as_bytes());
        let proof = naming.proof();
        let now = self.clock.now();
        if let Some(known) = self.programs.get(&proof)
            && known.grounds.hold(now).await
        {
            self.programs.count_hit();
            return Ok(Arc::clone(&known.identity));
        }
        let mut verified = self.verifier.verify(token).await?;
        let grounds = verified.grounds.take();
        // All of them: an identity has some as fields.
        let bytes = CALLER_BYTES + memory_of(&verified.claims);
        let identity = Arc::new(UserIdentity::of_token(verified));
        if let Some(grounds) = grounds {
            let lasts = grounds.last(now);
            let known = KnownProgram {
                identity: Arc::clone(&identity),
                grounds,
            };
            self.programs.put(proof, known, bytes, lasts);
        }
        Ok(identity)
    }
}

/// The caller of a session that is over.
fn ended(session_id: String) -> Caller {
    Caller::Nobody {
        ended: Some(session_id),
    }
}
