//! [`Timer`]: one thing to do later, and no more than one.
//!
//! Kept by `Page` and by the live stream. Knows nothing of what is done.

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use std::{cell::Cell, time::Duration};

/// Does one thing after a while, unless something else is planned in its place before.
#[derive(Default)]
pub struct Timer(Cell<Option<TimeoutHandle>>);

impl Timer {
    /// Plans this after so many seconds, in place of what was planned.
    pub fn set(&self, seconds: f64, act: impl FnOnce() + 'static) {
        let planned = set_timeout_with_handle(act, Duration::from_secs_f64(seconds));
        self.replace(planned.ok());
    }

    /// Nothing is planned any more.
    pub fn clear(&self) {
        self.replace(None);
    }

    /// Whether something was planned and not [cleared](Self::clear), be it done by now.
    pub fn is_set(&self) -> bool {
        let planned = self.0.take();
        let is_set = planned.is_some();
        self.0.set(planned);
        is_set
    }

    fn replace(&self, planned: Option<TimeoutHandle>) {
        if let Some(before) = self.0.replace(planned) {
            before.clear();
        }
    }
}
