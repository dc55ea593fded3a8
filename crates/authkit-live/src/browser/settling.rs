//! [`Settling`]: does one thing once changes have settled.
//!
//! Called by `changing` and `address_bar`. Only keeps the clock and the timer; `pace` decides when.

use crate::pace::Pace;
use authkit_leptos::browser::Stopwatch;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use std::time::Duration;

/// Changes that settle.
pub struct Settling {
    pace: Pace,
    clock: Stopwatch,
    planned: Option<TimeoutHandle>,
}

impl Settling {
    /// `quiet` is how many seconds nothing may change before the changes count as settled.
    pub fn new(quiet: f64) -> Self {
        Self {
            pace: Pace::new(quiet),
            clock: Stopwatch::start(),
            planned: None,
        }
    }

    /// Something has changed: `act` is called once that has settled, unless this is called again before.
    pub fn change(&mut self, act: impl FnOnce() + 'static) {
        let wait = self.pace.change(self.clock.seconds());
        self.clear();
        self.planned = set_timeout_with_handle(act, Duration::from_secs_f64(wait)).ok();
    }

    /// The changes are acted on.
    pub fn act(&mut self) {
        self.clear();
        self.pace.act(self.clock.seconds());
    }

    /// The changes have come to nothing.
    pub fn forget(&mut self) {
        self.clear();
        self.pace.forget();
    }

    /// Whether there are changes that are not acted on.
    pub fn is_pending(&self) -> bool {
        self.planned.is_some()
    }

    fn clear(&mut self) {
        if let Some(planned) = self.planned.take() {
            planned.clear();
        }
    }
}
