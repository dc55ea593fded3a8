//! [`Gate`]: limits how many calls are under way to WorkOS, and how many wait, per class of call.
//!
//! Every call of [`WorkOs`](super::WorkOs) passes it. Each class has permits of its own, so that sign-ins,
//! sign-outs and lists, however many, leave renewals theirs.

use super::failure::Failure;
use crate::server::metrics;
use std::time::{Duration, Instant};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use tracing::{Instrument, field::Empty};

/// How long a call waits for a permit.
const PATIENCE: Duration = Duration::from_secs(1);
/// When to try again if there was none.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a call is for. More permits where more depends on it.
#[derive(Clone, Copy, Debug)]
pub enum Class {
    /// A session's next tokens: without them the session becomes unavailable.
    Renewal,
    /// A code, or a move to another organization.
    Exchange,
    /// The end of a session.
    Revocation,
    /// Lists and all else.
    Other,
}

impl Class {
    const ALL: [Self; 4] = [Self::Renewal, Self::Exchange, Self::Revocation, Self::Other];

    fn word(self) -> &'static str {
        match self {
            Self::Renewal => "renewal",
            Self::Exchange => "exchange",
            Self::Revocation => "revocation",
            Self::Other => "other",
        }
    }
}

/// The permits of all classes.
pub struct Gate {
    renewals: Lane,
    exchanges: Lane,
    revocations: Lane,
    others: Lane,
}

/// The permits of one class.
struct Lane {
    running: Semaphore,
    waiting: Semaphore,
}

impl Gate {
    /// A gate with no call under way.
    pub fn new() -> Self {
        for class in Class::ALL {
            metrics::no_call(class.word(), Failure::Misconfigured.code());
        }
        Self {
            renewals: Lane::new(64, 1_024),
            exchanges: Lane::new(16, 128),
            revocations: Lane::new(4, 32),
            others: Lane::new(8, 64),
        }
    }

    /// Makes a call when it is its turn, and counts it.
    ///
    /// # Errors
    /// The call's own, or [`Failure::Busy`] when the queue of the class is full, or does not move within a second.
    pub async fn call<T, E>(
        &self,
        class: Class,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        let span = tracing::trace_span!(
            "workos",
            otel.kind = "client",
            class = class.word(),
            outcome = Empty
        );
        let made = async {
            let permit = self.enter(class).await;
            let _permit =
                permit.inspect_err(|busy| metrics::call(class.word(), Err(busy.code()), None))?;
            let began = Instant::now();
            let answer = call.await.map_err(Failure::from);
            let outcome = answer.as_ref().map(drop).map_err(|failure| failure.code());
            metrics::call(class.word(), outcome, Some(began.elapsed()));
            answer
        };
        let answer = made.instrument(span.clone()).await;
        let outcome = answer
            .as_ref()
            .map_or_else(|failure| failure.code(), |_| "ok");
        span.record("outcome", outcome);
        answer
    }

    /// Waits for a permit, which is to be held until the call has ended.
    ///
    /// # Errors
    /// [`Failure::Busy`] when the queue of the class is full, or does not move within a second.
    async fn enter(&self, class: Class) -> Result<SemaphorePermit<'_>, Failure> {
        let lane = match class {
            Class::Renewal => &self.renewals,
            Class::Exchange => &self.exchanges,
            Class::Revocation => &self.revocations,
            Class::Other => &self.others,
        };
        let entered = lane.enter().await;
        entered.ok_or_else(|| {
            tracing::debug!(reason = "workos_busy", ?class, "a call was not made");
            Failure::Busy {
                retry_after: RETRY_AFTER,
            }
        })
    }
}

impl Lane {
    fn new(running: usize, waiting: usize) -> Self {
        Self {
            running: Semaphore::new(running),
            waiting: Semaphore::new(waiting),
        }
    }

    async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // Overtakes no call that waits: a semaphore gives its free permits to those.
        if let Ok(permit) = self.running.try_acquire() {
            return Some(permit);
        }
        let _place = self.waiting.try_acquire().ok()?;
        timeout(PATIENCE, self.running.acquire()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, future::join_all};

    #[tokio::test]
    async fn a_flood_of_other_calls_leaves_renewals_their_permits() {
        let gate = Gate::new();
        for class in [Class::Exchange, Class::Revocation, Class::Other] {
            let mut held = Vec::new();
            while let Some(Ok(permit)) = gate.enter(class).now_or_never() {
                held.push(permit);
            }
            assert!(held.len() <= 16, "{class:?}");
            // Those that wait, and those for which there is no place in the queue.
            let answers = join_all((0..1_000).map(|_| gate.enter(class))).await;
            let busy = |answer: &Result<_, Failure>| matches!(answer, Err(Failure::Busy { .. }));
            assert!(answers.iter().all(busy), "{class:?}");
            assert!(matches!(
                gate.enter(Class::Renewal).now_or_never(),
                Some(Ok(_))
            ));
            held.clear();
            assert!(gate.enter(class).await.is_ok(), "{class:?}");
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_goes_when_another_ends() {
        let lane = Lane::new(1, 1);
        let first = lane.enter().await.unwrap();
        let mut second = Box::pin(lane.enter());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(lane.enter().await.is_none(), "the queue is full");
        drop(first);
        assert!(second.await.is_some());
    }
}
