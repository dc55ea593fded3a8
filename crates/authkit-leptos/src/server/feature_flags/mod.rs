//! [`FeatureFlags`]: WorkOS's feature flags as they are now, without waiting for a new access token.
//!
//! Made by `AuthKit::feature_flags` when an app first asks for it: one task for the process polls WorkOS, and every question
//! is answered from memory. A failure keeps what is known. Never decides who may do something that WorkOS has not said.

mod flag_set;

pub use flag_set::FlagContext;

use super::workos::{Failure, WorkOs};
use flag_set::FlagSet;
use futures_util::Stream;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

/// The shortest interval.
const SHORTEST: Duration = Duration::from_secs(5);
/// The first wait after a failure. It doubles with each,
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// up to here.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Changes that a slow listener may fall behind before it misses some.
const KEPT_CHANGES: usize = 64;

/// How feature flags are kept current.
///
/// ```
/// # use authkit_leptos::server::FlagsOptions;
/// # use std::time::Duration;
/// let often = FlagsOptions::default().interval(Duration::from_secs(10));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlagsOptions {
    /// How often WorkOS is asked: every 30 seconds, give or take a tenth, and at least five.
    pub interval: Duration,
    /// How long an answer may take: ten seconds.
    pub request_timeout: Duration,
    /// What counts until WorkOS has answered, as WorkOS would answer it.
    pub bootstrap: Option<String>,
}

/// The feature flags of this process. Cheap to clone.
#[derive(Clone)]
pub struct FeatureFlags {
    shared: Arc<Shared>,
}

struct Shared {
    flags: RwLock<Arc<FlagSet>>,
    ready: watch::Sender<bool>,
    changes: broadcast::Sender<FlagChange>,
    ask_now: Notify,
    asked: AtomicU64,
    failed: AtomicU64,
}

/// A flag that WorkOS describes differently than before: made, removed, switched or targeted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagChange {
    /// Slug of the flag.
    pub slug: String,
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagsStats {
    /// Flags known.
    pub flags: usize,
    /// How often WorkOS was asked.
    pub asked: u64,
    /// How often of these it gave no answer that could be used.
    pub failed: u64,
}

impl Default for FlagsOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            bootstrap: None,
        }
    }
}

impl FlagsOptions {
    /// Asks so often, and at least every five seconds apart.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Waits so long for an answer.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Starts with these flags: what WorkOS answered at another time, as JSON. What can't be read is left out, and logged.
    #[must_use]
    pub fn bootstrap(mut self, json: impl Into<String>) -> Self {
        self.bootstrap = Some(json.into());
        self
    }
}

impl FeatureFlags {
    pub(super) fn start(
        workos: Arc<WorkOs>,
        options: FlagsOptions,
        stop: CancellationToken,
    ) -> Self {
        let bootstrap = options.bootstrap.as_deref().unwrap_or("{}");
        let flags = FlagSet::read(bootstrap.as_bytes()).unwrap_or_else(|error| {
            tracing::error!(reason = "flags_undecodable", "bootstrap left out: {error}");
            FlagSet::default()
        });
        let shared = Arc::new(Shared {
            flags: RwLock::new(Arc::new(flags)),
            ready: watch::Sender::new(false),
            changes: broadcast::Sender::new(KEPT_CHANGES),
            ask_now: Notify::new(),
            asked: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        });
        let polling = poll(workos, Arc::clone(&shared), options);
        tokio::spawn(stop.run_until_cancelled_owned(polling));
        Self { shared }
    }

    /// Waits until WorkOS has answered once, for so long at most. Whether it has.
    pub async fn wait_until_ready(&self, limit: Duration) -> bool {
        let mut ready = self.shared.ready.subscribe();
        let answered = tokio::time::timeout(limit, ready.wait_for(|ready| *ready));
        matches!(answered.await, Ok(Ok(_)))
    }

    /// Whether a flag is on for somebody; `default` for a flag that WorkOS does not know, and before it has answered.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, FlagContext, FlagsOptions, UserIdentity};
    /// fn has_new_search(authkit: &AuthKit, caller: &UserIdentity) -> bool {
    ///     let flags = authkit.feature_flags(FlagsOptions::default());
    ///     let whom = FlagContext::new(&*caller.subject, caller.organization_id());
    ///     flags.is_enabled("new-search", whom, false)
    /// }
    /// ```
    #[must_use]
    pub fn is_enabled(&self, slug: &str, context: FlagContext<'_>, default: bool) -> bool {
        self.shared.flags().get(slug, context).unwrap_or(default)
    }

    /// All flags, on or off for somebody.
    #[must_use]
    pub fn all(&self, context: FlagContext<'_>) -> BTreeMap<String, bool> {
        self.shared.flags().all(context)
    }

    /// Flags that change from now on. A listener that falls behind by more than 64 changes misses the oldest.
    pub fn changed(&self) -> impl Stream<Item = FlagChange> + Send + use<> {
        let changes = self.shared.changes.subscribe();
        futures_util::stream::unfold(changes, |mut changes| async move {
            loop {
                match changes.recv().await {
                    Ok(change) => return Some((change, changes)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        })
    }

    /// Has WorkOS asked now rather than at the next interval: for who has just heard of a change.
    pub fn ask_now(&self) {
        self.shared.ask_now.notify_one();
    }

    /// How it goes.
    #[must_use]
    pub fn stats(&self) -> FlagsStats {
        let Shared { asked, failed, .. } = &*self.shared;
        FlagsStats {
            flags: self.shared.flags().len(),
            asked: asked.load(Ordering::Relaxed),
            failed: failed.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for FeatureFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FeatureFlags").field(&self.stats()).finish()
    }
}

impl Shared {
    fn flags(&self) -> Arc<FlagSet> {
        let flags = self.flags.read();
        Arc::clone(&flags.unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Counts from now on, and tells what is different.
    fn set(&self, flags: FlagSet) {
        let changed = self.flags().differences(&flags);
        {
            let mut known = self.flags.write();
            let known = known.as_mut();
            if let Ok(known) = known {
                **known = Arc::new(flags);
            }
        }
        self.ready.send_replace(true);
        for slug in changed {
            // Nobody may be listening.
            let _ = self.changes.send(FlagChange { slug });
        }
    }
}

/// Asks WorkOS, for ever, or until it says that the API key is not good.
async fn poll(workos: Arc<WorkOs>, shared: Arc<Shared>, options: FlagsOptions) {
    let interval = options.interval.max(SHORTEST);
    let mut failures = 0;
    loop {
        shared.asked.fetch_add(1, Ordering::Relaxed);
        let answer = workos.described_flags(options.request_timeout).await;
        let wait = match answer.map(|json| FlagSet::read(&json)) {
            Ok(Ok(flags)) => {
                failures = 0;
                shared.set(flags);
                jittered(interval)
            }
            Err(Failure::Misconfigured) => {
                shared.failed.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    reason = "flags_unauthorized",
                    "feature flags are asked for no more: WorkOS does not accept WORKOS_API_KEY; set a good one and \
                     start again"
                );
                return;
            }
            failed => {
                shared.failed.fetch_add(1, Ordering::Relaxed);
                let reason = match failed {
                    Err(failure) => failure.code(),
                    Ok(_) => "flags_undecodable",
                };
                tracing::warn!(reason, "feature flags stay as they were");
                let wait = FIRST_WAIT.saturating_mul(1 << failures.min(6));
                failures += 1;
                jittered(wait.min(LONGEST_WAIT))
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.ask_now.notified() => {}
        }
    }
}

/// Give or take a tenth, so that not all processes ask at once.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0; 1];
    // Without randomness, on time.
    let chance = getrandom::fill(&mut random).map_or(128, |()| random[0]);
    wait.mul_f64(0.9 + f64::from(chance) / 255.0 * 0.2)
}
