//! [`Token`]: the access token, in the memory of one page for as long as it is good.
//!
//! Filled by `fresh_token`, emptied by the page when its session changes. Never written anywhere.

use super::stopwatch::Stopwatch;
use crate::{access_token::AccessToken, error::AuthError};
use std::cell::{Cell, RefCell};

/// What the page knows about its access token.
#[derive(Default)]
pub struct Token {
    pub(super) kept: RefCell<Option<Kept>>,
    /// The call that is under way. A promise, because any number of callers can wait for one.
    pub(super) call: RefCell<Option<js_sys::Promise>>,
    /// Why the last call brought no token.
    pub(super) refusal: RefCell<Option<AuthError>>,
    /// Counts the sessions: a token that arrives after its session ended is thrown away.
    pub(super) session: Cell<u32>,
}

pub(super) struct Kept {
    pub(super) token: AccessToken,
    /// Since before it was asked for.
    pub(super) since: Stopwatch,
}

impl Kept {
    fn seconds_left(&self) -> f64 {
        self.life() - self.since.seconds()
    }

    /// Seconds, far below 2⁵³.
    #[allow(clippy::cast_precision_loss)]
    fn life(&self) -> f64 {
        self.token.expires_in as f64
    }
}

impl Token {
    /// The session changed or ended: its token is nobody's any more.
    pub fn forget(&self) {
        self.session.set(self.session.get().wrapping_add(1));
        self.kept.replace(None);
        self.call.replace(None);
        self.refusal.replace(None);
    }

    /// The token, if it has more seconds left than `enough` says of its life.
    pub(super) fn with_time_left(&self, enough: impl Fn(f64) -> f64) -> Option<String> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        (kept.seconds_left() > enough(kept.life())).then(|| kept.token.token.clone())
    }
}
