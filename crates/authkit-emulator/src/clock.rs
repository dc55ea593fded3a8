//! The emulator's own time, which tests can move. Everything that stamps or expires asks here.
//! No other file of the emulator may read the system's clock.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};

/// The system's time plus an offset.
#[derive(Default)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// The emulator's present.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset_seconds.load(Ordering::Relaxed));
        // Saturating: an offset comes from outside and may point past the end of time.
        Timestamp::now()
            .saturating_add(offset)
            .unwrap_or(Timestamp::MAX)
    }

    /// Moves the present; 0 is the system's time again.
    pub fn set_offset(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }

    /// How far the present is moved, in seconds.
    pub fn offset(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }
}

/// `start` plus a lifetime, never past the end of time.
pub fn after(start: Timestamp, lifetime: SignedDuration) -> Timestamp {
    start.saturating_add(lifetime).unwrap_or(Timestamp::MAX)
}

/// A time as the `Date` header has it (RFC 9110 §5.6.7).
pub fn http_date(time: Timestamp) -> Option<String> {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

/// A time as WorkOS writes it: RFC 3339 with milliseconds.
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}
