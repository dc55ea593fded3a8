//! [`Turn`]: the place of a submission among those of its page, which are sent one after the other.
//!
//! Taken when something is submitted, held until it is known what came of it. So what was pressed last is what holds in the
//! end, however long the answer to what was pressed before takes.

use std::{
    cell::RefCell,
    future::poll_fn,
    task::{Poll, Waker},
};

thread_local! {
    /// A page has one thread.
    static QUEUE: RefCell<Queue> = const { RefCell::new(Queue { taken: 0, waiting: Vec::new() }) };
}

/// Those whose turn it is or will be, in the order in which they came.
struct Queue {
    taken: u32,
    /// By number, each with what wakes it.
    waiting: Vec<(u32, Option<Waker>)>,
}

/// A place in the queue; given up when dropped.
pub(super) struct Turn {
    number: u32,
}

impl Turn {
    /// The last place.
    pub fn take() -> Self {
        QUEUE.with_borrow_mut(|queue| {
            queue.taken += 1;
            queue.waiting.push((queue.taken, None));
            Self {
                number: queue.taken,
            }
        })
    }

    /// Waits until all that came before is over, or the page goes.
    pub async fn come(&self) {
        poll_fn(|context| {
            QUEUE.with_borrow_mut(|queue| match queue.place(self.number) {
                Some(place @ 1..) => {
                    queue.waiting[place].1 = Some(context.waker().clone());
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            })
        })
        .await;
    }

    /// Lets the next one go.
    pub fn give_up(&self) {
        let next = QUEUE.with_borrow_mut(|queue| {
            let place = queue.place(self.number)?;
            queue.waiting.remove(place);
            queue.waiting.first_mut()?.1.take()
        });
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl Queue {
    fn place(&self, number: u32) -> Option<usize> {
        self.waiting.iter().position(|(it, _)| *it == number)
    }
}

/// Sends all that wait, at once: the page goes, and what was pressed is to be done.
#[cfg(any(feature = "hydrate", test))]
pub fn all_come() {
    let waiting = QUEUE.with_borrow_mut(|queue| std::mem::take(&mut queue.waiting));
    for (_, waker) in waiting {
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        task::{Context, Wake},
    };

    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn waker() -> (Arc<Woken>, Waker) {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        (Arc::clone(&woken), Waker::from(woken))
    }

    fn has_come(turn: &Turn, waker: &Waker) -> bool {
        pin!(turn.come())
            .poll(&mut Context::from_waker(waker))
            .is_ready()
    }

    #[test]
    fn each_waits_for_those_before_it_and_for_none_that_has_given_up() {
        let [first, second, third] = [(); 3].map(|()| Turn::take());
        let (woken, waker) = waker();
        let noop = Waker::noop();
        assert!(has_come(&first, noop) && !has_come(&second, noop) && !has_come(&third, &waker));
        drop(second);
        assert!(!has_come(&third, &waker), "the first is not over");
        first.give_up();
        assert!(woken.0.load(Ordering::Relaxed) && has_come(&third, noop));
        // Not a second time, for the one that has come.
        let fourth = Turn::take();
        drop(first);
        assert!(!has_come(&fourth, noop));
        drop(third);
        assert!(has_come(&fourth, noop));
    }

    #[test]
    fn when_the_page_goes_all_are_sent_and_what_comes_later_waits_again() {
        let [first, second, third] = [(); 3].map(|()| Turn::take());
        let (woken, waker) = waker();
        assert!(!has_come(&second, &waker) && !has_come(&third, Waker::noop()));
        all_come();
        assert!(woken.0.load(Ordering::Relaxed));
        assert!(
            [&first, &second, &third]
                .iter()
                .all(|turn| has_come(turn, Waker::noop()))
        );
        let [fourth, fifth] = [(); 2].map(|()| Turn::take());
        assert!(has_come(&fourth, Waker::noop()) && !has_come(&fifth, Waker::noop()));
    }
}
