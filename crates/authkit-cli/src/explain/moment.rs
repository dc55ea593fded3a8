//! A date of a token in words: its distance from now, and the date itself.
//!
//! Called by `report`.

use authkit_leptos::distance;
use jiff::Timestamp;

/// Such as "in 5 minutes, 21 November 2026, 02:30:42 UTC". Both are seconds since the epoch.
pub fn in_words(at: u64, now: u64) -> String {
    let date = timestamp(at);
    let at = date.as_second().unsigned_abs();
    let date = date.strftime("%-d %B %Y, %H:%M:%S UTC");
    format!("{}, {date}", distance::in_words(at, now))
}

/// A time that is too late for a date is the latest there is.
fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).ok();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_no_calendar_has_is_told_all_the_same() {
        let told = in_words(u64::MAX, 1_000_000);
        assert!(told.ends_with(" December 9999, 22:00:00 UTC"), "{told}");
    }
}
