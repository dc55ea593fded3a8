//! [`Readiness`]: whether the process can do its work now: what proxies and load balancers ask before they send it requests.
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

/// Where proxies and load balancers ask whether the process can do its work.
pub const READY: &str = "/readyz";
/// How long an answer is remembered: strangers can make the database work once in this time.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How long one look may take. What has not answered by then is missing.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a process needs to do its work.
///
/// The route at [`READY`] answers 200 `ready`; or 503 with what is missing, `not ready: database`. A process that is asked
/// to stop answers 503 `stopping`: [`Server`](crate::Server) sees to that.
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
    last: Mutex<Option<Look>>,
}

/// Whether something is there.
type IsThere = dyn Fn() -> BoxFuture<'static, bool> + Send + Sync;

struct Need {
    name: &'static str,
    is_there: Box<IsThere>,
}

/// What was found missing, and when.
struct Look {
    at: Instant,
    missing: Arc<[&'static str]>,
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
            last: Mutex::default(),
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

    /// What is missing, as it was a second ago at most.
    async fn missing(&self) -> Arc<[&'static str]> {
        // Held while looking: who asks meanwhile gets the same answer.
        let mut last = self.last.lock().await;
        if let Some(last) = last
            .as_ref()
            .filter(|it| it.at.elapsed() < self.remembered_for)
        {
            return Arc::clone(&last.missing);
        }
        let looking = self.needs.iter().map(|need| async {
            let is_there = timeout(self.patience, (need.is_there)()).await;
            (!is_there.unwrap_or(false)).then_some(need.name)
        });
        let missing: Arc<[_]> = join_all(looking).await.into_iter().flatten().collect();
        let before = last.as_ref().map(|it| Arc::clone(&it.missing));
        log(before.as_deref().unwrap_or_default(), &missing);
        *last = Some(Look {
            at: Instant::now(),
            missing: Arc::clone(&missing),
        });
        missing
    }
}

/// A line when it changes, and none while it stays.
fn log(before: &[&str], now: &[&str]) {
    if before == now {
        return;
    }
    match now {
        [] => tracing::info!(reason = "ready", "ready again"),
        missing => tracing::warn!(
            reason = "not_ready",
            missing = missing.join(", "),
            "not ready: requests are to go to other processes"
        ),
    }
}

async fn answer(State(readiness): State<Arc<Readiness>>) -> Response {
    let missing = readiness.missing().await;
    let mut answer = match &*missing {
        [] => "ready".into_response(),
        missing => {
            let told = format!("not ready: {}", missing.join(", "));
            (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
        }
    };
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
        assert_eq!(*readiness.missing().await, ["keys", "disk"]);
        assert!(Readiness::new().missing().await.is_empty());
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cause_one_look() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let readiness = remembering(Duration::from_secs(3_600)).needs("database", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            ready(false)
        });
        let all = join_all((0..100).map(|_| readiness.missing())).await;
        assert!(all.iter().all(|missing| **missing == ["database"]));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_comes_back_is_there_again() {
        let is_there = Arc::new(AtomicBool::new(false));
        let there = Arc::clone(&is_there);
        let readiness = remembering(Duration::ZERO)
            .needs("database", move || ready(there.load(Ordering::SeqCst)));
        assert_eq!(*readiness.missing().await, ["database"]);
        is_there.store(true, Ordering::SeqCst);
        assert!(readiness.missing().await.is_empty());
    }
}
