//! One refresh: from an old session to its successor, whichever process gets that from WorkOS.
//!
//! Runs in a task of the [`Refresher`]. Claims the refresh token in the ledger, asks WorkOS, stores the successor for all
//! processes, and only then checks it.

use super::{ASKED_INTERVAL, GRACE, Parts, Refresher, Renewed, Wish, error::RefreshError};
use crate::server::{
    cookie_sealer::random_salt,
    core::session::{Purpose, Session},
    hooks::{RefreshFailed, Refreshed},
    ledger::{Claim, Fingerprint, Kept, Lease, LedgerError},
    token::{CheckError, Claims, TokenError, TokenSource},
    workos::{Failure, Refusal, TokenResponse},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Seconds for which a successor is kept that never showed up: its answer was lost on the way, and
/// the browser comes back with the old cookie after a weekend.
const UNSEEN_KEPT: u64 = 7 * 24 * 60 * 60;
/// How long the second try waits for, where WorkOS does not say.
const RETRY_DELAY: Duration = Duration::from_millis(250);
/// A second try starts no later than this after the first, so that its answer is still waited for.
const RETRY_UNTIL: Duration = Duration::from_secs(2);
/// No answer for so long counts as a failure, though it is still waited for.
const SLOW: Duration = Duration::from_secs(3);
/// Longest wait for another process's exchange, in the background.
const CLAIM_PATIENCE: Duration = Duration::from_secs(15);
/// How many successors are followed from an old cookie to the one in use. WorkOS is asked for the last
/// one only.
const LONGEST_CHAIN: u32 = 64;
/// How often, and how long apart, new tokens are checked again while the keys are out of reach.
const KEY_TRIES: u32 = 8;
const KEY_INTERVAL: Duration = Duration::from_secs(4);
/// How often, and how long apart, a successor is stored that the database did not take.
const STORE_TRIES: u32 = 240;
const STORE_INTERVAL: Duration = Duration::from_millis(250);

impl Refresher {
    /// Follows the successors of `session` to one that is good now.
    pub(super) async fn exchange(
        &self,
        mut session: Session,
        wish: &Wish,
    ) -> Result<Arc<Renewed>, RefreshError> {
        for _ in 0..LONGEST_CHAIN {
            let (successor, is_new) = self.successor(&session, wish).await?;
            if successor.user.id != session.user.id {
                return Err(self.failed(&session, RefreshError::OtherUser, is_new));
            }
            let is_sought = |claims: &Claims| {
                let wanted = wish.organization();
                wanted.is_none_or(|wanted| claims.org_id() == Some(wanted))
                // What WorkOS has granted just now says what is true, whatever its second.
                && (is_new || wish.is_met_by(claims) && !self.parts.revocations.concern_rights_of(claims))
            };
            match self.check_patiently(&successor, is_new).await {
                Ok(claims) if is_sought(&claims) => {
                    let session = Session {
                        session_id: claims.sid().to_owned(),
                        organization_id: claims.org_id().map(str::to_owned),
                        ..successor
                    };
                    if is_new {
                        self.tell_of(&session);
                    }
                    return Ok(Arc::new(Renewed {
                        sealed: self.parts.cookie.seal(&session)?,
                        session,
                        claims: Arc::new(claims),
                    }));
                }
                // Somebody else's answer, for another wish or from long ago: go on from there.
                Ok(_)
                | Err(CheckError::Token(
                    TokenError::Expired { .. } | TokenError::KeyUnknown { .. },
                )) if !is_new => {
                    session = successor;
                }
                Ok(_) => return Err(self.failed(&session, RefreshError::NoAnswer, is_new)),
                Err(error) => return Err(self.failed(&session, error.into(), is_new)),
            }
        }
        // Nobody will ever get to the end of this: better to sign in again.
        Err(Failure::Refused(Refusal::Grant).into())
    }

    /// Tells the app that a session has a new token, which this process has asked for.
    fn tell_of(&self, session: &Session) {
        let told = Refreshed {
            user_id: session.user.id.clone(),
            session_id: session.session_id.clone(),
            organization_id: session.organization_id.clone(),
        };
        let hook = &self.parts.hooks.refresh;
        hook.tell(told, "on_refresh", &self.parts.tasks);
    }

    /// Tells the app that a session has none, if it was this process that asked. An organization that does not let a
    /// session in has answered: the session is as it was.
    fn failed(&self, session: &Session, error: RefreshError, is_ours: bool) -> RefreshError {
        let moves = error.organizations_refusal().is_some() && !error.is_final();
        if is_ours && !moves {
            let told = RefreshFailed {
                user_id: session.user.id.clone(),
                session_id: session.session_id.clone(),
                reason: error.code(),
                is_transient: !error.is_final(),
            };
            let hook = &self.parts.hooks.refresh_error;
            hook.tell(told, "on_refresh_error", &self.parts.tasks);
        }
        error
    }

    /// Checks a new token, and waits for its keys, also for a key that is not listed yet: there is no second chance to get
    /// new tokens.
    async fn check_patiently(&self, session: &Session, is_new: bool) -> Result<Claims, CheckError> {
        let source = match is_new {
            true => TokenSource::Provider,
            false => TokenSource::Request,
        };
        let mut tries = 1;
        loop {
            let verifier = &self.parts.verifier;
            let checked = verifier.verify_session_of(&session.user, &session.access_token, source);
            let error = match checked.await {
                Ok(claims) => return Ok(claims),
                Err(error) => error,
            };
            let may_come = match &error {
                CheckError::Token(TokenError::CouldNotCheck(_)) => true,
                CheckError::Token(TokenError::KeyUnknown { .. }) => is_new,
                _ => false,
            };
            if !may_come || tries == KEY_TRIES {
                return Err(error);
            }
            tries += 1;
            tokio::time::sleep(KEY_INTERVAL).await;
        }
    }

    /// The next session, and whether WorkOS has granted it just now or another task before. Its token is not checked yet.
    async fn successor(
        &self,
        session: &Session,
        wish: &Wish,
    ) -> Result<(Session, bool), RefreshError> {
        let Parts { ledger, clock, .. } = &self.parts;
        let fingerprint = Fingerprint::of(&session.refresh_token);
        let open = |sealed: &str| self.open(&fingerprint, sealed);
        if let Err(retry_after) = self.breaker.check(session) {
            return match ledger.successor_of(&fingerprint, clock.now()).await? {
                Some(sealed) => Ok((open(&sealed)?, false)),
                None => Err(RefreshError::Paused { retry_after }),
            };
        }
        let holder = URL_SAFE_NO_PAD.encode(random_salt()?);
        let claim = ledger.claim(&fingerprint, holder, clock.now());
        let claim = tokio::time::timeout(CLAIM_PATIENCE, claim).await;
        match claim.map_err(|_| RefreshError::NoAnswer)?? {
            Claim::Granted(sealed) => Ok((open(&sealed)?, false)),
            Claim::Refused => Err(Failure::Refused(Refusal::Grant).into()),
            Claim::Failed => Err(RefreshError::Elsewhere),
            Claim::Ours(lease) => {
                let successor = self.ask_as_holder(session, wish, lease, &fingerprint);
                let successor = successor.await;
                successor.map_err(|error| self.failed(session, error, true))
            }
        }
    }

    /// The same, by this process alone: it holds the lease of the refresh token.
    async fn ask_as_holder(
        &self,
        session: &Session,
        wish: &Wish,
        lease: Lease,
        fingerprint: &Fingerprint,
    ) -> Result<(Session, bool), RefreshError> {
        let Parts { ledger, clock, .. } = &self.parts;
        match self.ask(session, wish, &lease).await {
            Ok(granted) => {
                let successor = granted.into_successor_of(session);
                self.superseded.insert(*fingerprint, ());
                self.store(lease, fingerprint, &successor, wish).await;
                Ok((successor, true))
            }
            Err(Failure::Refused(Refusal::Grant)) if lease.taken_over => {
                // Perhaps the one before us was not dead, only slow, and has the successor.
                let now = clock.now();
                let waiting = ledger.await_successor(fingerprint, now);
                match lease.while_waiting(waiting).await? {
                    Some(sealed) => Ok((self.open(fingerprint, &sealed)?, false)),
                    // Or it is slower still. The next request, which follows no other, may trust a refusal.
                    None => settle(&lease, lease.failed(now), RefreshError::Elsewhere).await,
                }
            }
            Err(failure) => {
                let now = clock.now();
                // Or a process that was suspended has resumed, and held the lease all along.
                let is_refused = failure == Failure::Refused(Refusal::Grant);
                if is_refused && let Some(sealed) = ledger.successor_of(fingerprint, now).await? {
                    return Ok((self.open(fingerprint, &sealed)?, false));
                }
                let moves = wish.organization().is_some();
                let error = RefreshError::from(failure);
                match failure {
                    // The organization's answer, not the token's: who only wants a new token may ask.
                    Failure::Refused(refusal) if moves && refusal != Refusal::Grant => {
                        settle(&lease, lease.released(), error).await
                    }
                    Failure::Refused(_) => settle(&lease, lease.refused(now), error).await,
                    _ => settle(&lease, lease.failed(now), error).await,
                }
            }
        }
    }

    /// What the ledger keeps for the refresh token with this fingerprint.
    fn open(&self, fingerprint: &Fingerprint, sealed: &str) -> Result<Session, RefreshError> {
        let name = fingerprint.to_text();
        let purpose = Purpose::Successor(&name);
        Session::open(&self.parts.sealer, purpose, sealed).map_err(|_| RefreshError::Successor)
    }

    /// Asks WorkOS, and once more if that may help and there is time.
    async fn ask(
        &self,
        session: &Session,
        wish: &Wish,
        lease: &Lease,
    ) -> Result<TokenResponse, Failure> {
        let (breaker, workos) = (&self.breaker, &self.parts.workos);
        let started = Instant::now();
        let asking = async {
            let failure = match workos.refresh(session, wish.organization()).await {
                Err(failure) if failure.may_pass() && !matches!(wish, Wish::Ahead { .. }) => {
                    failure
                }
                answer => return answer,
            };
            let wait = failure.retry_after().unwrap_or(RETRY_DELAY);
            if started.elapsed() + wait > RETRY_UNTIL {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            workos.refresh(session, wish.organization()).await
        };
        let mut asking = std::pin::pin!(asking);
        let counting = async {
            match tokio::time::timeout(SLOW, &mut asking).await {
                Ok(answer) => (answer, false),
                Err(_) => {
                    breaker.slow();
                    (asking.await, true)
                }
            }
        };
        let (answer, counted) = lease.while_waiting(counting).await;
        match &answer {
            // WorkOS was not asked.
            Err(Failure::Busy { .. }) => {}
            Err(failure) if failure.may_pass() => breaker.failed(session, *failure, counted),
            _ => breaker.answered(),
        }
        answer
    }

    /// Stores a successor for the other processes. From the grant to here nothing may be waited for: if this
    /// process dies in between, the successor is lost, and the user has to sign in again.
    async fn store(
        &self,
        lease: Lease,
        fingerprint: &Fingerprint,
        successor: &Session,
        wish: &Wish,
    ) {
        let kept = Kept {
            until: self.parts.clock.now() + UNSEEN_KEPT,
            at_least: wish.expires_at() + GRACE,
        };
        let Ok(salt) = random_salt() else {
            return;
        };
        let name = fingerprint.to_text();
        let purpose = Purpose::Successor(&name);
        let sealed = successor.seal(&self.parts.sealer, salt, purpose);
        let of_successor = Fingerprint::of(&successor.refresh_token);
        let storing = lease.granted(&of_successor, &sealed, kept);
        let Err(error) = lease.while_waiting(storing).await else {
            return;
        };
        tracing::error!(
            reason = "ledger_unavailable",
            %error,
            "a renewed session is known to this process only, until the database takes it"
        );
        // With heartbeats, so that no other process takes over a token that has been granted already.
        self.parts.tasks.spawn(async move {
            let storing = async {
                for _ in 0..STORE_TRIES {
                    tokio::time::sleep(STORE_INTERVAL).await;
                    if lease.granted(&of_successor, &sealed, kept).await.is_ok() {
                        return;
                    }
                }
            };
            lease.while_waiting(storing).await;
        });
    }
}

impl Wish {
    /// Whether a token is new enough that another process, or another wish, has got.
    fn is_met_by(&self, claims: &Claims) -> bool {
        match self {
            Self::Now { asked_at, .. } => claims.iat().unwrap_or(0) + ASKED_INTERVAL >= *asked_at,
            _ => true,
        }
    }
}

/// Tells the other processes how a question ended, as far as it concerns them.
async fn settle<T>(
    lease: &Lease,
    telling: impl Future<Output = Result<(), LedgerError>>,
    error: RefreshError,
) -> Result<T, RefreshError> {
    if let Err(failure) = lease.while_waiting(telling).await {
        // Those who wait will take the silence for death and ask themselves.
        tracing::debug!(error = %failure, "a failed refresh could not be told to other processes");
    }
    Err(error)
}
