//! The time, passed in: the one place that asks the operating system.
//!
//! Everything that compares dates takes a [`Clock`], so that tests can live in another hour.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// A clock that can be set apart from the system's. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// Seconds since the Unix epoch (RFC 7519's `NumericDate`).
    #[must_use]
    pub fn now(&self) -> u64 {
        let system = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        system.saturating_add_signed(self.offset.load(Ordering::Relaxed))
    }

    /// Sets the clock `seconds` ahead of the system's, or behind it.
    pub fn set_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
    }
}
