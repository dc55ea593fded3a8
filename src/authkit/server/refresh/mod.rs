//! Renewing an access token that has expired or is about to: once per refresh token, whoever asks and
//! in however many processes, because a refresh token works only once.
//!
//! Called by the layer and by the switch of organizations. In one process requests share one task; the
//! ledger sees to it that processes share one call. An old cookie leads to its successor until the
//! successor has been seen in use, and a minute longer.

mod breaker;
mod error;

pub use error::RefreshError;

use super::{
    AuthKit, CheckError,
    core::session::{Purpose, Session},
    ledger::{Claim, Fingerprint, Kept, Lease, Ledger, LedgerError},
    random_nonce,
    token::verifier::{Claims, TokenError},
    workos::{Failure, Refusal, TokenResponse},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use breaker::Breaker;
use moka::{future::Cache, sync};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// For how long an old cookie leads to its successor once that is in use. In seconds, and as long as
/// this process remembers the successors it has seen.
const GRACE: u64 = 60;
/// Seconds for which a successor is kept that never showed up: its answer was lost on the way, and
/// the browser comes back with the old cookie after a weekend.
const UNSEEN_KEPT: u64 = 7 * 24 * 60 * 60;
/// Sessions remembered at most.
const CAPACITY: u64 = 100_000;
/// How long the second try waits for, where WorkOS does not say.
const RETRY_DELAY: Duration = Duration::from_millis(250);
/// A second try starts no later than this after the first, so that its answer is still waited for.
const RETRY_UNTIL: Duration = Duration::from_secs(2);
/// No answer for so long counts as a failure, though it is still waited for.
const SLOW: Duration = Duration::from_secs(3);
/// How long somebody else's question is waited for at most, in the background.
const CLAIM_PATIENCE: Duration = Duration::from_secs(15);
/// How often one request tries to renew a token that is still good: others do without.
const AHEAD_INTERVAL: Duration = Duration::from_secs(5);
/// How many successors are followed from an old cookie to the one in use. WorkOS is asked for the last
/// one only.
const LONGEST_CHAIN: u32 = 64;
/// How often, and how long apart, new tokens are checked again while the keys are out of reach.
const KEY_TRIES: u32 = 8;
const KEY_INTERVAL: Duration = Duration::from_secs(4);
/// How often, and how long apart, a successor is stored that the database did not take.
const STORE_TRIES: u32 = 240;
const STORE_INTERVAL: Duration = Duration::from_millis(250);
/// Notes of arrival that may be on their way to the database at once.
const ARRIVALS: usize = 2;

/// A session and the verified claims of its access token.
#[derive(Debug)]
pub struct Renewed {
    /// The new session.
    pub session: Session,
    /// The same, sealed: once, so that parallel answers set the same cookie.
    pub sealed: String,
    /// The claims of its access token.
    pub claims: Arc<Claims>,
}

/// What a refresh is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    /// A token that is still good will expire soon. Asked once: there is time for another request to
    /// try again.
    Ahead {
        /// When it does, seconds since the epoch.
        expires_at: u64,
    },
    /// The token has expired.
    Renewal,
    /// Another organization.
    Organization {
        /// `org_…`.
        id: String,
        /// When the token expires, seconds since the epoch.
        expires_at: u64,
    },
}

impl Wish {
    fn organization(&self) -> Option<&str> {
        match self {
            Self::Organization { id, .. } => Some(id),
            Self::Ahead { .. } | Self::Renewal => None,
        }
    }

    /// Until when the old token may still be about, and its browser not have asked for the new one.
    fn expires_at(&self) -> u64 {
        match self {
            Self::Ahead { expires_at } | Self::Organization { expires_at, .. } => *expires_at,
            Self::Renewal => 0,
        }
    }
}

/// Requests with the same refresh token and the same organization in mind share one answer.
type Key = (Fingerprint, Option<String>);

/// Refreshes, each token once.
pub struct Refresher {
    ledger: Ledger,
    breaker: Breaker,
    tasks: TaskTracker,
    successors: Cache<Key, Arc<Renewed>>,
    /// Tokens that have come back from a browser.
    arrived: sync::Cache<Fingerprint, ()>,
    arrivals: Arc<Semaphore>,
    /// Tokens that have been exchanged by this process, a short while ago.
    superseded: sync::Cache<Fingerprint, ()>,
    /// Tokens that somebody tries to renew ahead of time.
    tried_ahead: sync::Cache<Fingerprint, ()>,
}

impl Refresher {
    /// One that has refreshed nothing yet.
    pub fn new(ledger: Ledger, tasks: TaskTracker) -> Self {
        let remembering = |time| {
            sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(time)
                .build()
        };
        Self {
            ledger,
            breaker: Breaker::new(),
            tasks,
            successors: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(Duration::from_secs(GRACE))
                .build(),
            arrived: remembering(Duration::from_secs(60 * 60)),
            arrivals: Arc::new(Semaphore::new(ARRIVALS)),
            superseded: remembering(Duration::from_secs(GRACE)),
            tried_ahead: remembering(AHEAD_INTERVAL),
        }
    }

    /// The successor of `session`.
    ///
    /// Waits until `deadline`; the refresh itself goes on, so that a late answer is there for the
    /// next request.
    pub async fn refresh(
        &self,
        authkit: &AuthKit,
        session: &Session,
        wish: Wish,
        deadline: Instant,
    ) -> Result<Arc<Renewed>, Arc<RefreshError>> {
        let key = (
            Fingerprint::of(&session.refresh_token),
            wish.organization().map(str::to_owned),
        );
        let successors = self.successors.clone();
        let (authkit, session) = (authkit.clone(), session.clone());
        // In a task of its own, from the question to the remembered answer: a browser that hangs up
        // must not cut it off, or the refresh token would be used up with nobody knowing its
        // successor.
        let task = async move {
            let renewed = async { renew(&authkit, session, &wish).await };
            successors.try_get_with(key, renewed).await
        };
        let task = self.tasks.spawn(task.in_current_span());
        match tokio::time::timeout_at(deadline, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Arc::new(RefreshError::NoAnswer)),
        }
    }

    /// The successor, if this process has one already.
    pub async fn known_successor(&self, session: &Session) -> Option<Arc<Renewed>> {
        let key = (Fingerprint::of(&session.refresh_token), None);
        self.successors.get(&key).await
    }

    /// Whether the caller is the one who renews this token ahead of time.
    pub fn goes_ahead(&self, session: &Session) -> bool {
        self.tried_ahead
            .entry(Fingerprint::of(&session.refresh_token))
            .or_insert(())
            .is_fresh()
    }

    /// Whether a session's refresh token was exchanged here within the last minute.
    pub fn is_superseded(&self, session: &Fingerprint) -> bool {
        self.superseded.contains_key(session)
    }

    /// Notes that a browser has this session, so that its predecessor's grace begins.
    pub fn arrived(&self, session: &Session, now: u64) {
        let fingerprint = Fingerprint::of(&session.refresh_token);
        if !self
            .arrived
            .entry(fingerprint.clone())
            .or_insert(())
            .is_fresh()
        {
            return;
        }
        let (ledger, arrived) = (self.ledger.clone(), self.arrived.clone());
        // Few at a time: refreshes need the database more. What finds no room, or fails, is noted by
        // a later request of the same browser.
        let Ok(room) = Arc::clone(&self.arrivals).try_acquire_owned() else {
            return arrived.invalidate(&fingerprint);
        };
        tokio::spawn(async move {
            if ledger.confirm(&fingerprint, now + GRACE).await.is_err() {
                arrived.invalidate(&fingerprint);
            }
            drop(room);
        });
    }
}

/// Follows the successors of `session` to one that is good now.
async fn renew(
    authkit: &AuthKit,
    mut session: Session,
    wish: &Wish,
) -> Result<Arc<Renewed>, RefreshError> {
    for _ in 0..LONGEST_CHAIN {
        let (successor, is_new) = successor(authkit, &session, wish).await?;
        if successor.user.id != session.user.id {
            return Err(RefreshError::OtherUser);
        }
        let is_there = |claims: &Claims| {
            let wanted = wish.organization();
            wanted.is_none_or(|wanted| claims.org_id.as_deref() == Some(wanted))
        };
        match check_patiently(authkit, &successor, is_new).await {
            Ok(claims) if is_there(&claims) => {
                let session = Session {
                    session_id: claims.sid.clone(),
                    organization_id: claims.org_id.clone(),
                    ..successor
                };
                return Ok(Arc::new(Renewed {
                    sealed: authkit.seal(&session)?,
                    session,
                    claims: Arc::new(claims),
                }));
            }
            // Somebody else's answer, for another wish or from long ago: go on from there.
            Ok(_) | Err(CheckError::Token(TokenError::Expired | TokenError::KeyUnknown))
                if !is_new =>
            {
                session = successor;
            }
            Ok(_) => return Err(RefreshError::NoAnswer),
            Err(error) => return Err(error.into()),
        }
    }
    Err(RefreshError::NoAnswer)
}

/// There is no second chance to get new tokens, so the keys are waited for: also for one that is not
/// listed yet.
async fn check_patiently(
    authkit: &AuthKit,
    session: &Session,
    is_new: bool,
) -> Result<Claims, CheckError> {
    let mut tries = 1;
    loop {
        let error = match authkit.check(&session.access_token, &session.user).await {
            Ok(claims) => return Ok(claims),
            Err(error) => error,
        };
        let may_come = match &error {
            CheckError::Token(TokenError::CouldNotCheck(_)) => true,
            CheckError::Token(TokenError::KeyUnknown) => is_new,
            _ => false,
        };
        if !may_come || tries == KEY_TRIES {
            return Err(error);
        }
        tries += 1;
        tokio::time::sleep(KEY_INTERVAL).await;
    }
}

/// The next session, from WorkOS or from whoever has asked; its token is not checked yet. Says also
/// whether it comes from WorkOS just now.
async fn successor(
    authkit: &AuthKit,
    session: &Session,
    wish: &Wish,
) -> Result<(Session, bool), RefreshError> {
    let Refresher {
        ledger, breaker, ..
    } = &authkit.inner.refresher;
    let fingerprint = Fingerprint::of(&session.refresh_token);
    let open = |sealed: &str| {
        Session::open(
            &authkit.inner.sealer,
            Purpose::Successor(fingerprint.as_str()),
            sealed,
        )
        .map_err(|_| RefreshError::Successor)
    };
    if let Err(retry_after) = breaker.check() {
        return match ledger
            .successor_of(&fingerprint, authkit.inner.clock.now())
            .await?
        {
            Some(sealed) => Ok((open(&sealed)?, false)),
            None => Err(RefreshError::Paused { retry_after }),
        };
    }
    let holder = URL_SAFE_NO_PAD.encode(random_nonce()?);
    let claim = ledger.claim(&fingerprint, holder, authkit.inner.clock.now());
    let claim = tokio::time::timeout(CLAIM_PATIENCE, claim).await;
    match claim.map_err(|_| RefreshError::NoAnswer)?? {
        Claim::Granted(sealed) => Ok((open(&sealed)?, false)),
        Claim::Refused => Err(Failure::Refused(Refusal::Grant).into()),
        Claim::Failed => Err(RefreshError::Elsewhere),
        Claim::Ours(lease) => match ask(authkit, session, wish, &lease).await {
            Ok(granted) => {
                let successor = granted.into_successor_of(session);
                let refresher = &authkit.inner.refresher;
                refresher.superseded.insert(fingerprint.clone(), ());
                store(authkit, lease, &fingerprint, &successor, wish).await;
                Ok((successor, true))
            }
            Err(failure) if failure.ends_session() && lease.taken_over => {
                // Perhaps the one before us was not dead, only slow, and has the successor.
                let now = authkit.inner.clock.now();
                let waiting = ledger.await_successor(&fingerprint, now);
                match lease.while_waiting(waiting).await? {
                    Some(sealed) => Ok((open(&sealed)?, false)),
                    // Or is slower still: whoever asks next, on nobody's heels, may believe a refusal.
                    None => settle(&lease, lease.failed(now), RefreshError::Elsewhere).await,
                }
            }
            Err(failure) => {
                let now = authkit.inner.clock.now();
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
        },
    }
}

/// Asks WorkOS, and once more if that may help and there is time.
async fn ask(
    authkit: &AuthKit,
    session: &Session,
    wish: &Wish,
    lease: &Lease,
) -> Result<TokenResponse, Failure> {
    let breaker = &authkit.inner.refresher.breaker;
    let workos = &authkit.inner.workos;
    let started = Instant::now();
    let asking = async {
        let failure = match workos.refresh(session, wish.organization()).await {
            Err(failure) if failure.may_pass() && !matches!(wish, Wish::Ahead { .. }) => failure,
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
                breaker.failed(None);
                (asking.await, true)
            }
        }
    };
    let (answer, counted) = lease.while_waiting(counting).await;
    match &answer {
        Err(failure) if failure.may_pass() && counted => {}
        Err(failure) if failure.may_pass() => breaker.failed(failure.retry_after()),
        _ => breaker.answered(),
    }
    answer
}

/// Stores a successor for everybody else. From the grant to here nothing may be waited for: if this
/// process dies in between, nobody knows the successor, and the user has to sign in again.
async fn store(
    authkit: &AuthKit,
    lease: Lease,
    fingerprint: &Fingerprint,
    successor: &Session,
    wish: &Wish,
) {
    let kept = Kept {
        until: authkit.inner.clock.now() + UNSEEN_KEPT,
        at_least: wish.expires_at() + GRACE,
    };
    let Ok(nonce) = random_nonce() else {
        return;
    };
    let purpose = Purpose::Successor(fingerprint.as_str());
    let sealed = successor.seal(&authkit.inner.sealer, nonce, purpose);
    let of_successor = Fingerprint::of(&successor.refresh_token);
    let Err(error) = lease.granted(&of_successor, &sealed, kept).await else {
        return;
    };
    tracing::error!(
        reason = "ledger_unavailable",
        %error,
        "a renewed session is known to this process only, until the database takes it"
    );
    // With a beating heart, so that nobody takes over what has been granted already.
    authkit.inner.tasks.spawn(async move {
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

/// Lets the others know how a question ended, as far as it is theirs too.
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
