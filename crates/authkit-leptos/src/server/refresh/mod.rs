//! Renewing an access token that has expired or is about to: once per refresh token, whoever asks and
//! in however many processes, because a refresh token works only once.
//!
//! Called by the layer and by the switch of organizations. In one process requests share one task; the
//! ledger sees to it that processes share one call. An old cookie leads to its successor until the
//! successor has been seen in use, and a minute longer.

mod arrivals;
mod breaker;
mod error;
mod exchange;

pub use error::RefreshError;

use super::{
    cookie_sealer::CookieSealer,
    core::{clock::Clock, seal::Sealer, session::Session},
    hooks::Hooks,
    ledger::{Fingerprint, Ledger},
    metrics,
    revocations::Revocations,
    token::{Claims, Verifier},
    workos::{Failure, Refusal, WorkOs},
};
use arrivals::Arrivals;
use authkit_local::rate_limit::RateLimits;
use breaker::Breaker;
use governor::Quota;
use moka::{future::Cache, sync};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// For how long an old cookie leads to its successor once that is in use. In seconds, and as long as
/// this process remembers the successors it has seen.
const GRACE: u64 = 60;
/// Sessions remembered at most.
const CAPACITY: u64 = 100_000;
/// How often one request tries to renew a token that is still good: others do without.
const AHEAD_INTERVAL: Duration = Duration::from_secs(5);
/// How often a session is renewed because somebody asks, in seconds: others get what the first one got.
const ASKED_INTERVAL: u64 = 5;

/// How long an organization's refusal of a session is remembered.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(5);
/// Moves to another organization that a user may make in a row; after that, one per interval.
const MOVES: NonZeroU32 = NonZeroU32::new(20).unwrap();
const MOVE_INTERVAL: Duration = Duration::from_secs(2);

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
    /// The token may be good, and somebody wants what is true by now.
    Now {
        /// When it expires, seconds since the epoch.
        expires_at: u64,
        /// When it was asked for, seconds since the epoch.
        asked_at: u64,
    },
    /// The token is good, but what its holder may do has changed since it was issued.
    Rights {
        /// When it expires, seconds since the epoch.
        expires_at: u64,
    },
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
            Self::Ahead { .. } | Self::Renewal | Self::Now { .. } | Self::Rights { .. } => None,
        }
    }

    fn sought(&self) -> Sought {
        match self {
            Self::Ahead { .. } | Self::Renewal => Sought::Newer,
            Self::Rights { .. } => Sought::WithPresentRights,
            Self::Now { .. } => Sought::AsOfNow,
            Self::Organization { id, .. } => Sought::In(id.clone()),
        }
    }

    /// Until when the old token may still be about, and its browser not have asked for the new one.
    fn expires_at(&self) -> u64 {
        match self {
            Self::Ahead { expires_at }
            | Self::Now { expires_at, .. }
            | Self::Rights { expires_at }
            | Self::Organization { expires_at, .. } => *expires_at,
            Self::Renewal => 0,
        }
    }
}

/// Requests with the same refresh token and the same in mind share one answer.
type Key = (Fingerprint, Sought);

/// What a successor has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Sought {
    /// Good for a while.
    Newer,
    /// From after its holder's rights have changed.
    WithPresentRights,
    /// From after it was asked for, or some seconds before.
    AsOfNow,
    /// In this organization.
    In(String),
}

/// What a [`Refresher`] works with.
pub struct Parts {
    /// Where processes agree on who refreshes.
    pub ledger: Ledger,
    /// The client that asks.
    pub workos: Arc<WorkOs>,
    /// Checks new tokens.
    pub verifier: Verifier,
    /// Seals successors for the ledger.
    pub sealer: Arc<Sealer>,
    /// Seals successors for the cookie.
    pub cookie: CookieSealer,
    /// Knows which tokens are outdated.
    pub revocations: Arc<Revocations>,
    /// Whom it tells.
    pub hooks: Arc<Hooks>,
    /// The clock.
    pub clock: Clock,
    /// Tasks that are finished before the process ends.
    pub tasks: TaskTracker,
}

/// Refreshes, each token once.
pub struct Refresher {
    parts: Parts,
    breaker: Breaker,
    successors: Cache<Key, Arc<Renewed>>,
    /// Sessions that were renewed because somebody asked, within the last seconds: by the token that was exchanged and by
    /// the one that came of it.
    asked_for: Cache<Fingerprint, Arc<Renewed>>,
    /// Tokens that came of a renewal, and have come back from a browser.
    arrivals: Arrivals,
    /// Tokens that have been exchanged by this process, a short while ago.
    superseded: sync::Cache<Fingerprint, ()>,
    /// Tokens that a request is renewing ahead of their expiry.
    tried_ahead: sync::Cache<Fingerprint, ()>,
    /// Organizations that have refused a session, by the session's id and theirs.
    refused: sync::Cache<(String, String), Refusal>,
    /// Moves to another organization, by user.
    moves: RateLimits<String>,
}

impl Refresher {
    /// One that has refreshed nothing yet.
    pub fn new(parts: Parts) -> Self {
        let remembering = |time| {
            sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(time)
                .build()
        };
        Self {
            breaker: Breaker::new(),
            successors: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(Duration::from_secs(GRACE))
                .build(),
            asked_for: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(Duration::from_secs(ASKED_INTERVAL))
                .build(),
            arrivals: Arrivals::new(parts.ledger.clone()),
            superseded: remembering(Duration::from_secs(GRACE)),
            tried_ahead: remembering(AHEAD_INTERVAL),
            refused: sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(REFUSAL_REMEMBERED)
                .build(),
            moves: RateLimits::new(move_quota(), CAPACITY),
            parts,
        }
    }

    /// Whether WorkOS has failed so often in a row that it is left alone for a while.
    pub fn is_held_back(&self) -> bool {
        self.breaker.is_open()
    }

    /// The successor of `session`.
    ///
    /// Waits until `deadline`; the refresh itself goes on, so that a late answer is there for the
    /// next request.
    pub async fn renew(
        self: &Arc<Self>,
        session: &Session,
        wish: Wish,
        deadline: Instant,
    ) -> Result<Arc<Renewed>, Arc<RefreshError>> {
        let asked = wish
            .organization()
            .map(|id| (session.session_id.clone(), id.to_owned()));
        if let Some(asked) = &asked {
            self.may_move(session, asked)?;
        }
        let refused = self.refused.clone();
        let key = (Fingerprint::of(&session.refresh_token), wish.sought());
        let successors = match wish {
            Wish::Now { .. } => None,
            _ => Some(self.successors.clone()),
        };
        let (owned, session) = (Arc::clone(self), session.clone());
        // In a task of its own, from the question to the remembered answer: a browser that hangs up must not cut it
        // off, or the refresh token would be used up and its successor lost.
        let task = async move {
            let renewed = async {
                let began = Instant::now();
                let renewed = owned.exchange(session, &wish).await;
                let outcome = renewed.as_ref().map(drop).map_err(RefreshError::code);
                metrics::renewal(outcome, began.elapsed());
                renewed
            };
            let renewed = match successors {
                Some(successors) => successors.try_get_with(key, renewed).await,
                None => owned.once_in_a_while(key.0, renewed).await,
            };
            if let (Some(asked), Err(error)) = (asked, &renewed)
                && let Some(refusal) = error.organizations_refusal()
            {
                refused.insert(asked, refusal);
            }
            renewed
        };
        let task = self.parts.tasks.spawn(task.in_current_span());
        match tokio::time::timeout_at(deadline, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Arc::new(RefreshError::NoAnswer)),
        }
    }

    /// A renewal that somebody asked for, or the outcome of the one before. That is for whoever has its token, too: the
    /// answer to a second request of one page.
    async fn once_in_a_while(
        &self,
        exchanged: Fingerprint,
        renewal: impl Future<Output = Result<Arc<Renewed>, RefreshError>>,
    ) -> Result<Arc<Renewed>, Arc<RefreshError>> {
        let renewed = self.asked_for.try_get_with(exchanged, renewal).await?;
        let came_of_it = Fingerprint::of(&renewed.session.refresh_token);
        let entry = self.asked_for.entry(came_of_it);
        entry.or_insert(Arc::clone(&renewed)).await;
        Ok(renewed)
    }

    /// Whether WorkOS may be asked to move a session: not where the organization has just refused it, nor for
    /// a user who has moved too often.
    fn may_move(
        &self,
        session: &Session,
        asked: &(String, String),
    ) -> Result<(), Arc<RefreshError>> {
        if let Some(refusal) = self.refused.get(asked) {
            return Err(Arc::new(Failure::Refused(refusal).into()));
        }
        let moved = self.moves.check(session.user.id.clone());
        moved.map_err(|retry_after| Arc::new(RefreshError::Paused { retry_after }))
    }

    /// The successor, if this process has one already.
    pub async fn known_successor(&self, session: &Session) -> Option<Arc<Renewed>> {
        let key = (Fingerprint::of(&session.refresh_token), Sought::Newer);
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

    /// Notes that a browser has the session that came of a renewal, so that its predecessor's grace begins.
    pub fn arrived(&self, successor: &Fingerprint, now: u64) {
        self.arrivals.note(successor, now + GRACE);
    }
}

fn move_quota() -> Quota {
    let slowly = Quota::with_period(MOVE_INTERVAL);
    slowly
        .unwrap_or(Quota::per_second(MOVES))
        .allow_burst(MOVES)
}
