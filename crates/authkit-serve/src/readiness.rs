//! [`Readiness`]: whether the process may be sent requests: what proxies, load balancers and platforms ask.
//!
//! An app names what it needs, and merges the route. Anybody may ask, so each look is remembered for a second, and the answer
//! has the names of what is missing, never a reason.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::future::{BoxFuture, join_all};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// Where proxies and load balancers ask whether the process may be sent requests.
pub const READY: &str = "/readyz";
/// How long an answer is remembered: strangers can make the database work once in this time.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How long one look may take. What has not answered by then is missing.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a process needs to do its work.
///
/// The route at [`READY`] answers 503 with what is missing, `not ready: database`, until all was there once. From then on it
/// answers 200, `ready`, or `ready, without database`: what a process loses later is most likely lost to all, and a page that
/// says so is better than none. A process that is asked to stop answers 503 `stopping`: [`Server`](crate::Server) sees to that.
///
/// ```
/// use authkit_serve::Readiness;
/// use axum::Router;
///
/// let readiness = Readiness::new().needs("database", || async { true });
/// let app: Router = Router::new().merge(readiness.route());
/// ```
#[must_use]
pub struct Readiness {
    needs: Vec<Need>,
    remembered_for: Duration,
    patience: Duration,
    last: Arc<Mutex<Last>>,
}

/// Whether something is there.
type IsThere = dyn Fn() -> BoxFuture<'static, bool> + Send + Sync;

struct Need {
    name: &'static str,
    is_there: Box<IsThere>,
}

#[derive(Default)]
struct Last {
    look: Option<(Instant, Look)>,
    /// Whether nothing was missing at some time.
    was_complete: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    missing: Arc<[&'static str]>,
    is_ready: bool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Readiness {
    /// Of a process that needs nothing: ready as long as it is not asked to stop.
    pub fn new() -> Self {
        Self {
            needs: Vec::new(),
            remembered_for: REMEMBERED,
            patience: PATIENCE,
            last: Arc::default(),
        }
    }

    /// Needs this as well. `name` is one word, and is shown to everybody.
    pub fn needs<F>(
        mut self,
        name: &'static str,
        is_there: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        self.needs.push(Need {
            name,
            is_there: Box::new(move || Box::pin(is_there())),
        });
        self
    }

    /// The route at [`READY`].
    pub fn route<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route(READY, get(answer))
            .with_state(Arc::new(self))
    }

    /// What there is, as it was a second ago at most. `None` if that can't be told.
    async fn look(self: &Arc<Self>) -> Option<Look> {
        // Held while looking: who asks meanwhile gets the same answer.
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some((at, look)) = &last.look
            && at.elapsed() < self.remembered_for
        {
            return Some(look.clone());
        }
        // In a task of its own: who hangs up would leave nothing remembered, and the next one cause another look.
        let readiness = Arc::clone(self);
        let looking = tokio::spawn(async move {
            let missing = readiness.missing().await;
            let before = last.look.take().map(|(_, look)| look.missing);
            log(before.as_deref().unwrap_or_default(), &missing);
            last.was_complete |= missing.is_empty();
            let look = Look {
                is_ready: last.was_complete,
                missing,
            };
            last.look = Some((Instant::now(), look.clone()));
            look
        });
        looking.await.ok()
    }

    async fn missing(&self) -> Arc<[&'static str]> {
        let looking = self.needs.iter().map(|need| async {
            let is_there = timeout(self.patience, (need.is_there)()).await;
            (!is_there.unwrap_or(false)).then_some(need.name)
        });
        join_all(looking).await.into_iter().flatten().collect()
    }
}

/// A line when it changes, and none while it stays.
fn log(before: &[&str], now: &[&str]) {
    if before == now {
        return;
    }
    match now {
        [] => tracing::info!(reason = "ready", "what was missing is there"),
        missing => tracing::warn!(
            reason = "not_ready",
            missing = missing.join(", "),
            "something is missing that requests may need"
        ),
    }
}

async fn answer(State(readiness): State<Arc<Readiness>>) -> Response {
    let (status, said) = match readiness.look().await {
        Some(Look { missing, is_ready }) => match (is_ready, &*missing) {
            (true, []) => (StatusCode::OK, "ready".to_owned()),
            (true, missing) => (
                StatusCode::OK,
                format!("ready, without {}", missing.join(", ")),
            ),
            (false, missing) => (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {}", missing.join(", ")),
            ),
        },
        None => (StatusCode::SERVICE_UNAVAILABLE, "not ready".to_owned()),
    };
    let mut answer = (status, said).into_response();
    let no_store = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, no_store);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    };

    fn remembering(time: Duration) -> Readiness {
        Readiness {
            remembered_for: time,
            ..Readiness::new()
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named_and_what_never_answers_is_missing() {
        let mut readiness = Readiness::new()
            .needs("database", || ready(true))
            .needs("keys", || ready(false))
            .needs("disk", pending::<bool>);
        readiness.patience = Duration::from_millis(1);
        let look = Arc::new(readiness).look().await.unwrap();
        assert_eq!(*look.missing, ["keys", "disk"]);
        assert!(!look.is_ready);
        let nothing = Arc::new(Readiness::new()).look().await.unwrap();
        assert!(nothing.is_ready && nothing.missing.is_empty());
    }

    #[tokio::test]
    async fn many_who_ask_at_once_and_one_who_hangs_up_cause_one_look() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let readiness = remembering(Duration::from_secs(3_600)).needs("database", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async {
                tokio::task::yield_now().await;
                false
            }
        });
        let readiness = Arc::new(readiness);
        // Polled once, which begins the look, and dropped.
        let mut hangs_up = Box::pin(readiness.look());
        let begun = futures_util::poll!(hangs_up.as_mut());
        assert!(begun.is_pending());
        drop(hangs_up);
        let all = join_all((0..100).map(|_| readiness.look())).await;
        let named =
            |look: &Option<Look>| look.as_ref().is_some_and(|it| *it.missing == ["database"]);
        assert!(all.iter().all(named));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_goes_away_later_is_said_and_takes_nobody_out() {
        let is_there = Arc::new(AtomicBool::new(false));
        let there = Arc::clone(&is_there);
        let readiness = remembering(Duration::ZERO)
            .needs("database", move || ready(there.load(Ordering::SeqCst)));
        let readiness = Arc::new(readiness);
        let look = async |there| {
            is_there.store(there, Ordering::SeqCst);
            let Look { missing, is_ready } = readiness.look().await.unwrap();
            (missing.to_vec(), is_ready)
        };
        assert_eq!(look(false).await, (vec!["database"], false));
        assert_eq!(look(true).await, (vec![], true));
        assert_eq!(look(false).await, (vec!["database"], true));
    }
}
