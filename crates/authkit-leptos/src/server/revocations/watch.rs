//! [`SessionWatch`]: tells a connection that outlives its request, such as a stream, when its session ends or has to be
//! renewed.
//!
//! The owner of a connection asks `AuthKit::watch` once and closes the connection when the watch ends. Decides nothing
//! itself.

use super::{
    changes::Said,
    in_force::Revocations,
    watchers::{End, Ending, Eye},
};
use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// How often the clock is looked at: it goes on while the machine sleeps, timers don't.
const GLANCE: Duration = Duration::from_secs(15);
/// A stream ends up to this part of its token's remaining life early, so that not all end at once.
const EARLY: u64 = 10;

/// One connection's eye on its session. Dropping it ends the watch.
pub struct SessionWatch {
    revocations: Arc<Revocations>,
    ids: Vec<String>,
    eye: Arc<Eye>,
}

impl Revocations {
    /// Watches the session of a token that says this, from this moment on; of a token without a session, only the expiry.
    /// `expires_at` is in seconds since the epoch.
    pub fn watch(self: &Arc<Self>, said: &impl Said, expires_at: u64) -> SessionWatch {
        let (session_id, user_id) = (said.session_id(), said.user_id());
        let ids = session_id.map_or(Vec::new(), |id| vec![id.to_owned(), user_id.to_owned()]);
        let eye = Arc::new(Eye {
            organization_id: said.organization_id().map(str::to_owned),
            roles: said.roles().map(str::to_owned).collect(),
            issued_at: said.issued_at(),
            end: Mutex::new(End {
                at: a_little_early(expires_at, self.clock.now()),
                now: None,
            }),
            nearer: Notify::new(),
        });
        self.watchers.add(&ids, &eye);
        // It may have ended or changed while its request was under way, or be from before it moved.
        if let Some(id) = session_id {
            if self.is_denied(id, user_id) || self.changes.say_that_it_has_left(said) {
                eye.end_now(Ending::Over);
            } else if self.changes.have_just_concerned_rights_of(said) {
                eye.end_now(Ending::Expiring);
            }
        }
        SessionWatch {
            revocations: Arc::clone(self),
            ids,
            eye,
        }
    }
}

/// At random, so that streams that were opened together do not all come back together.
fn a_little_early(expires_at: u64, now: u64) -> u64 {
    let left = expires_at.saturating_sub(now);
    let random = u64::from(getrandom::u32().unwrap_or_default());
    let early = random % (left / EARLY + 1);
    // Never at once: who connects again is not to be sent away again and again.
    (expires_at - early.min(expires_at)).max(now + 1)
}

impl SessionWatch {
    /// Resolves when the connection has to end. One at a time may wait for it.
    pub async fn ended(&self) -> Ending {
        loop {
            let End { at, now } = *self.eye.end();
            if let Some(ending) = now {
                return ending;
            }
            let left = at.saturating_sub(self.now());
            if left == 0 {
                return Ending::Expiring;
            }
            tokio::select! {
                () = self.eye.nearer.notified() => {}
                () = sleep(Duration::from_secs(left).min(GLANCE)) => {}
            }
        }
    }

    /// The connection has to end by `at`, in seconds since the epoch: a guard lets its caller pass until then.
    pub fn end_by(&self, at: u64) {
        let mut end = self.eye.end();
        if at < end.at {
            end.at = at;
            self.eye.nearer.notify_one();
        }
    }

    /// The time by the library's clock, in seconds since the epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.revocations.clock.now()
    }
}

impl Drop for SessionWatch {
    fn drop(&mut self) {
        self.revocations.watchers.remove(&self.ids, &self.eye);
    }
}

impl fmt::Debug for SessionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionWatch").field(&self.ids).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_before_its_token_expires_but_never_at_once() {
        for _ in 0..1000 {
            let at = a_little_early(1300, 1000);
            assert!((1270..=1300).contains(&at), "{at}");
            assert_eq!(a_little_early(1003, 1000), 1003);
            assert_eq!(a_little_early(990, 1000), 1001);
            assert_eq!(a_little_early(0, 1000), 1001);
        }
    }
}
