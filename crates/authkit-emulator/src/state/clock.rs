//! The emulator's clock, which tests can move. Every timestamp and every expiry comes from it.
//! No other file of the emulator may read the system clock.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};

/// The system clock plus an offset.
#[derive(Default)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// The emulator's current time.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset_seconds.load(Ordering::Relaxed));
        // Saturating: the offset comes from outside and may exceed the range of timestamps.
        Timestamp::now()
            .saturating_add(offset)
            .unwrap_or(Timestamp::MAX)
    }

    /// Sets the offset; 0 restores the system time.
    pub fn set_offset(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }

    /// The offset, in seconds.
    pub fn offset(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }
}

/// `start` plus a lifetime, at most the last timestamp.
pub fn after(start: Timestamp, lifetime: SignedDuration) -> Timestamp {
    start.saturating_add(lifetime).unwrap_or(Timestamp::MAX)
}

/// A time in the format of the `Date` header (RFC 9110 §5.6.7).
pub fn http_date(time: Timestamp) -> Option<String> {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

/// A time in WorkOS's format: RFC 3339 with milliseconds.
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}
