//! [`Breaker`]: decides whether a session may be renewed at WorkOS now, or has to wait.
//!
//! `exchange` asks it before a call and tells it the outcome. Failures in a row pause all sessions. A wait that
//! WorkOS asks for pauses the session it was asked for; all sessions, once several users were told to wait.

use crate::server::{core::session::Session, workos::Failure};
use failsafe::{Config, StateMachine, backoff, failure_policy};
use moka::sync::Cache;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row that pause all sessions.
const FAILURES: u32 = 5;
/// The first pause. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Users who have to be told to wait within [`WINDOW`] before all sessions wait.
const USERS: usize = 3;
const WINDOW: Duration = Duration::from_secs(30);
/// A session's pause is remembered for this long: as long as the longest `Retry-After` that is heeded.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Paused sessions remembered, at most.
const CAPACITY: u64 = 10_000;

type Machine = StateMachine<failure_policy::ConsecutiveFailures<backoff::Exponential>, ()>;

/// A circuit breaker for all sessions, and a pause for each.
pub struct Breaker {
    machine: Machine,
    /// Until when a session waits, by its id.
    sessions: Cache<String, Instant>,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    /// Until when all sessions wait.
    until: Option<Instant>,
    /// Users who were told to wait, and when: fewer than [`USERS`].
    told: Vec<(String, Instant)>,
}

impl Breaker {
    /// A breaker that lets calls through.
    pub fn new() -> Self {
        let pauses = backoff::exponential(FIRST_PAUSE, LONGEST_PAUSE);
        let policy = failure_policy::consecutive_failures(FAILURES, pauses);
        Self {
            machine: Config::new().failure_policy(policy).build(),
            sessions: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(REMEMBERED)
                .build(),
            all: Mutex::default(),
        }
    }

    /// Whether a call for this session may be made now. If not, the time to wait: what WorkOS has said,
    /// else the shortest pause.
    pub fn check(&self, session: &Session) -> Result<(), Duration> {
        let asked = self
            .all()
            .until
            .max(self.sessions.get(&session.session_id))
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|wait| !wait.is_zero());
        match asked {
            Some(wait) => Err(wait),
            None if self.machine.is_call_permitted() => Ok(()),
            None => Err(FIRST_PAUSE),
        }
    }

    /// Whether calls are held back because WorkOS has failed several times in a row.
    pub fn is_open(&self) -> bool {
        !self.machine.is_call_permitted()
    }

    /// WorkOS has answered, be it with a refusal.
    pub fn answered(&self) {
        self.machine.on_success();
    }

    /// WorkOS has not answered in time, and may still do so.
    pub fn slow(&self) {
        self.machine.on_error();
    }

    /// A call for this session has failed. `counted`: [`slow`](Self::slow) was told of it.
    pub fn failed(&self, session: &Session, failure: Failure, counted: bool) {
        let is_rate_limited = matches!(failure, Failure::RateLimited { .. });
        // A 429 is an answer, and about whom it is for until others get it too.
        if !is_rate_limited && !counted {
            self.machine.on_error();
        }
        let wait = match failure.retry_after() {
            None if is_rate_limited => FIRST_PAUSE,
            None => return,
            Some(wait) => wait,
        };
        let until = Instant::now() + wait;
        let entry = self.sessions.entry_by_ref(&session.session_id);
        entry.and_upsert_with(|known| known.map_or(until, |known| known.into_value().max(until)));
        self.all().tell(&session.user.id, until);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    /// A user was told to wait. Pauses all sessions if that is one of several.
    fn tell(&mut self, user_id: &str, until: Instant) {
        let now = Instant::now();
        self.told
            .retain(|(told, at)| told != user_id && now.duration_since(*at) < WINDOW);
        self.told.push((user_id.to_owned(), now));
        if self.told.len() >= USERS {
            self.told.clear();
            self.until = self.until.max(Some(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::User;

    const BROKEN: Failure = Failure::Broken {
        status: 500,
        retry_after: None,
    };

    fn rate_limited(seconds: u64) -> Failure {
        Failure::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    fn session(session_id: &str, user_id: &str) -> Session {
        Session {
            access_token: "access".into(),
            refresh_token: "refresh".into(),
            session_id: session_id.to_owned(),
            user: User {
                id: user_id.to_owned(),
                email: "ada@example.com".to_owned(),
                email_verified: true,
                first_name: None,
                last_name: None,
                profile_picture_url: None,
            },
            organization_id: None,
            impersonator: None,
            authentication_method: None,
            is_successor: false,
        }
    }

    #[test]
    fn a_few_failures_do_not_stop_the_asking_and_many_do() {
        let (breaker, ada) = (Breaker::new(), session("session_1", "user_1"));
        for _ in 1..FAILURES {
            breaker.failed(&ada, BROKEN, false);
        }
        assert_eq!(breaker.check(&ada), Ok(()));
        breaker.failed(&ada, BROKEN, false);
        assert!(breaker.check(&ada).is_err());
    }

    #[test]
    fn an_answer_in_between_starts_the_count_again() {
        let (breaker, ada) = (Breaker::new(), session("session_1", "user_1"));
        for _ in 0..3 {
            for _ in 1..FAILURES {
                breaker.failed(&ada, BROKEN, false);
            }
            breaker.answered();
        }
        assert_eq!(breaker.check(&ada), Ok(()));
    }

    #[test]
    fn a_wish_to_be_left_alone_is_heeded() {
        let (breaker, ada) = (Breaker::new(), session("session_1", "user_1"));
        let seconds = Duration::from_secs;
        breaker.failed(&ada, rate_limited(20), false);
        let wait = breaker.check(&ada).unwrap_err();
        assert!(wait > seconds(2) && wait <= seconds(20), "{wait:?}");
        breaker.failed(&ada, rate_limited(0), false);
        let wait = breaker.check(&ada).unwrap_err();
        assert!(wait > seconds(2), "a shorter wish does not cut it short");
    }

    #[test]
    fn one_users_429s_pause_no_other_session_and_those_of_several_users_pause_all() {
        let breaker = Breaker::new();
        for session_id in ["session_1", "session_2", "session_3", "session_4"] {
            let ada = session(session_id, "user_1");
            for _ in 0..FAILURES {
                breaker.failed(&ada, rate_limited(20), false);
            }
            assert!(breaker.check(&ada).is_err());
        }
        let other = session("session_0", "user_0");
        breaker.failed(&session("session_5", "user_2"), rate_limited(20), false);
        assert_eq!(breaker.check(&other), Ok(()));
        breaker.failed(&session("session_6", "user_3"), rate_limited(20), false);
        assert!(breaker.check(&other).is_err());
    }
}
