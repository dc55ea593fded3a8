//! [`Slot`]: the place for one hook, and how it is asked.
//!
//! Used by [`Hooks`](super::Hooks). Bounds a hook in time, and keeps its panic away from the request.

use crate::server::user_event::Untold;
use futures_util::future::BoxFuture;
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How long a hook may work on what it is only told.
const LONGEST: Duration = Duration::from_secs(10);

/// An app's hook: from what has happened to what the app makes of it.
pub(in crate::server) type Hook<In, Out> =
    Arc<dyn Fn(In) -> BoxFuture<'static, Result<Out, Untold>> + Send + Sync>;

/// A closure of the app as a hook.
pub(in crate::server) fn hook<In, Out, F, E>(
    hook: impl Fn(In) -> F + Send + Sync + 'static,
) -> Hook<In, Out>
where
    F: Future<Output = Result<Out, E>> + Send + 'static,
    E: Into<Untold>,
{
    Arc::new(move |it| {
        let answering = hook(it);
        Box::pin(async move { answering.await.map_err(Into::into) })
    })
}

/// The place for one hook.
pub(in crate::server) struct Slot<In, Out>(OnceLock<Hook<In, Out>>);

/// Why a hook gave no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::server) enum Fault {
    /// It returned an error.
    #[error("{0}")]
    Error(String),
    /// It panicked.
    #[error("it panicked")]
    Panic,
    /// It was not done in time.
    #[error("it took too long")]
    TookTooLong,
}

impl Fault {
    /// A word more for the log, without the app's words.
    pub fn detail(&self) -> &'static str {
        match self {
            Self::Error(_) => "hook returned an error",
            Self::Panic => "hook panicked",
            Self::TookTooLong => "hook took too long",
        }
    }
}

impl<In, Out> Default for Slot<In, Out> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<In, Out> fmt::Debug for Slot<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot")
            .field(&self.0.get().is_some())
            .finish()
    }
}

impl<In: Send + 'static, Out: Send + 'static> Slot<In, Out> {
    /// Asks `hook` from now on, unless there is one already.
    pub fn set(&self, hook: Hook<In, Out>) {
        if self.0.set(hook).is_err() {
            tracing::error!(reason = "hook_twice", "there is a hook for this already");
        }
    }

    /// Whether there is a hook.
    pub fn is_set(&self) -> bool {
        self.0.get().is_some()
    }

    /// Tells the hook, in one of `tasks`, which nobody waits for but the end of the process.
    pub fn tell(&self, it: In, name: &'static str, tasks: &TaskTracker) {
        let Some(hook) = self.0.get() else { return };
        let alone = Self(OnceLock::from(Arc::clone(hook)));
        let telling = async move {
            if let Some(Err(fault)) = alone.ask(it, LONGEST).await {
                tracing::warn!(
                    reason = "hook_failed",
                    hook = name,
                    problem = %fault,
                    "a hook of the app failed"
                );
            }
        };
        tasks.spawn(telling.in_current_span());
    }

    /// What the hook answers within `patience`; `None` without a hook. It is stopped when the time is up, and goes on till
    /// then when nobody waits any longer.
    pub async fn ask(&self, it: In, patience: Duration) -> Option<Result<Out, Fault>> {
        let hook = Arc::clone(self.0.get()?);
        // In a task of its own, which catches a panic. Its first part too, which runs before the first await.
        let answering =
            async move { tokio::time::timeout(patience, async { hook(it).await }).await };
        Some(match tokio::spawn(answering.in_current_span()).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => Err(Fault::Error(error.to_string())),
            Ok(Err(_)) => Err(Fault::TookTooLong),
            Err(_) => Err(Fault::Panic),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future, io};
    use tokio::sync::oneshot;

    const PATIENCE: Duration = Duration::from_secs(3);

    fn slot<F>(answer: impl Fn(u8) -> F + Send + Sync + 'static) -> Slot<u8, u8>
    where
        F: Future<Output = Result<u8, io::Error>> + Send + 'static,
    {
        let slot = Slot::default();
        slot.set(hook(answer));
        slot
    }

    #[tokio::test]
    async fn of_two_hooks_the_first_is_asked_and_without_one_nobody_is() {
        assert_eq!(Slot::<u8, u8>::default().ask(1, PATIENCE).await, None);
        let doubling = slot(async |it| Ok(2 * it));
        doubling.set(hook(async |_| Ok::<_, io::Error>(0)));
        assert_eq!(doubling.ask(2, PATIENCE).await, Some(Ok(4)));
    }

    #[tokio::test]
    async fn an_error_and_panics_before_and_after_the_first_await_are_faults() {
        let fails = slot(async |_| Err(io::Error::other("the list is gone")));
        let said = Fault::Error("the list is gone".to_owned());
        assert_eq!(fails.ask(1, PATIENCE).await, Some(Err(said)));
        let at_once = slot(|it| match it {
            1 => panic!("before the first await"),
            _ => future::ready(Ok(it)),
        });
        assert_eq!(at_once.ask(1, PATIENCE).await, Some(Err(Fault::Panic)));
        let later = slot(async |it| {
            tokio::task::yield_now().await;
            assert_ne!(it, 1, "after it");
            Ok(it)
        });
        assert_eq!(later.ask(1, PATIENCE).await, Some(Err(Fault::Panic)));
        assert_eq!(
            later.ask(2, PATIENCE).await,
            Some(Ok(2)),
            "it is asked again"
        );
    }

    #[tokio::test]
    async fn who_tells_a_hook_does_not_wait_for_it_and_the_end_of_the_process_does() {
        let (answer, told) = (Arc::new(tokio::sync::Semaphore::new(0)), TaskTracker::new());
        let held = Arc::clone(&answer);
        let slow = slot(move |it| {
            let held = Arc::clone(&held);
            async move {
                held.acquire().await.map_err(io::Error::other)?.forget();
                Err(io::Error::other(it.to_string()))
            }
        });
        slow.tell(1, "slow", &told);
        Slot::<u8, u8>::default().tell(1, "none", &told);
        assert_eq!(told.len(), 1, "under way, and nobody waits for it");
        answer.add_permits(1);
        told.close();
        told.wait().await;
    }

    #[tokio::test]
    async fn hooks_that_hang_are_stopped_when_the_time_is_up() {
        let (dropped, stopped) = oneshot::channel::<()>();
        let held = std::sync::Mutex::new(Some(dropped));
        let hangs = slot(move |it| {
            let dropped = held.lock().unwrap().take();
            async move {
                future::pending::<()>().await;
                drop(dropped);
                Ok(it)
            }
        });
        let asked = hangs.ask(1, Duration::from_millis(1)).await;
        assert_eq!(asked, Some(Err(Fault::TookTooLong)));
        assert!(stopped.await.is_err(), "its future is gone");
    }
}
