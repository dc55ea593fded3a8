//! Stops asking WorkOS for a while when it keeps failing, or when it says until when.
//!
//! Asked and told by `refresh`. Knows nothing of sessions; one for each process.

use failsafe::{Config, StateMachine, backoff, failure_policy};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row after which it is left alone.
const FAILURES: u32 = 5;
/// For how long: twice as long each time it still fails.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

type Machine = StateMachine<failure_policy::ConsecutiveFailures<backoff::Exponential>, ()>;

/// A circuit breaker.
pub struct Breaker {
    machine: Machine,
    /// Until when WorkOS does not want to be asked.
    asked_to_wait: Mutex<Option<Instant>>,
}

impl Breaker {
    /// One that lets calls through.
    pub fn new() -> Self {
        let pauses = backoff::exponential(FIRST_PAUSE, LONGEST_PAUSE);
        let policy = failure_policy::consecutive_failures(FAILURES, pauses);
        Self {
            machine: Config::new().failure_policy(policy).build(),
            asked_to_wait: Mutex::default(),
        }
    }

    /// Whether a call may be made now. If not, for how long not to try: exactly where WorkOS has said
    /// so, else the shortest pause.
    pub fn check(&self) -> Result<(), Duration> {
        let wait = self
            .asked_to_wait
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|wait| !wait.is_zero());
        match wait {
            Some(wait) => Err(wait),
            None if self.machine.is_call_permitted() => Ok(()),
            None => Err(FIRST_PAUSE),
        }
    }

    /// WorkOS has answered, be it with a refusal.
    pub fn answered(&self) {
        self.machine.on_success();
    }

    /// It has not, and perhaps said when to try again.
    pub fn failed(&self, retry_after: Option<Duration>) {
        self.machine.on_error();
        if let Some(wait) = retry_after {
            let until = Instant::now() + wait;
            let mut asked = self
                .asked_to_wait
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *asked = Some(asked.map_or(until, |before| before.max(until)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_failures_do_not_stop_the_asking_and_many_do() {
        let breaker = Breaker::new();
        for _ in 1..FAILURES {
            breaker.failed(None);
        }
        assert_eq!(breaker.check(), Ok(()));
        breaker.failed(None);
        assert!(breaker.check().is_err());
    }

    #[test]
    fn an_answer_in_between_starts_the_count_again() {
        let breaker = Breaker::new();
        for _ in 0..3 {
            for _ in 1..FAILURES {
                breaker.failed(None);
            }
            breaker.answered();
        }
        assert_eq!(breaker.check(), Ok(()));
    }

    #[test]
    fn a_wish_to_be_left_alone_is_heeded() {
        let breaker = Breaker::new();
        let seconds = Duration::from_secs;
        breaker.failed(Some(seconds(20)));
        let wait = breaker.check().unwrap_err();
        assert!(wait > seconds(2) && wait <= seconds(20), "{wait:?}");
        breaker.failed(Some(Duration::ZERO));
        let wait = breaker.check().unwrap_err();
        assert!(wait > seconds(2), "a shorter wish does not cut it short");
    }
}
