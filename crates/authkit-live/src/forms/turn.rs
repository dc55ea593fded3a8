//! [`Turn`]: the place of a submission among those of its island, which are sent one after the other.
//!
//! Taken when something is submitted, held until it is known what came of it. So what was pressed last is what holds in the
//! end, however long an answer before it takes.

use super::Inner;
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// Those that wait, and the one whose turn it is, in the order in which they came.
#[derive(Default)]
pub(super) struct Queue {
    taken: u32,
    /// By number, each with what wakes it.
    waiting: Vec<(u32, Option<Waker>)>,
}

/// A place in the queue; given up when dropped.
pub(super) struct Turn {
    inner: Arc<Mutex<Inner>>,
    number: u32,
}

impl Turn {
    /// The last place.
    pub fn take(inner: Arc<Mutex<Inner>>) -> Self {
        let number = {
            let queue = &mut lock(&inner).queue;
            queue.taken += 1;
            queue.waiting.push((queue.taken, None));
            queue.taken
        };
        Self { inner, number }
    }

    /// Waits until all that came before is over.
    pub async fn come(&self) {
        poll_fn(|context| {
            let queue = &mut lock(&self.inner).queue;
            match queue
                .waiting
                .iter_mut()
                .position(|(number, _)| *number == self.number)
            {
                Some(place @ 1..) => {
                    queue.waiting[place].1 = Some(context.waker().clone());
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            }
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let waiting = &mut lock(&self.inner).queue.waiting;
            waiting.retain(|(number, _)| *number != self.number);
            waiting.first_mut().and_then(|(_, waker)| waker.take())
        };
        if let Some(next) = next {
            next.wake();
        }
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Context};

    #[test]
    fn each_waits_for_those_before_it_and_for_none_that_has_given_up() {
        let inner = Arc::default();
        let [first, second, third] = [(); 3].map(|()| Turn::take(Arc::clone(&inner)));
        let has_come = |turn: &Turn| {
            let coming = pin!(turn.come());
            coming
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        };
        assert!(has_come(&first) && !has_come(&second) && !has_come(&third));
        drop(second);
        assert!(!has_come(&third), "the first is not over");
        drop(first);
        assert!(has_come(&third));
        drop(third);
        assert!(has_come(&Turn::take(inner)));
    }

    #[test]
    fn who_waits_is_woken() {
        struct Woken(std::sync::atomic::AtomicBool);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let inner = Arc::default();
        let (first, second) = (Turn::take(Arc::clone(&inner)), Turn::take(inner));
        let woken = Arc::new(Woken(false.into()));
        let waker = Waker::from(Arc::clone(&woken));
        let mut coming = pin!(second.come());
        let is_pending = coming
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending();
        assert!(is_pending);
        drop(first);
        assert!(woken.0.load(std::sync::atomic::Ordering::Relaxed));
    }
}
