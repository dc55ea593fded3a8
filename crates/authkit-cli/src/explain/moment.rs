//! A date of a token in words: its distance from now, and the date itself.
//!
//! Called by `report`.

use jiff::{
    RoundMode, Timestamp, Unit, ZonedDifference,
    fmt::friendly::{Designator, Direction, Spacing, SpanPrinter},
    tz::TimeZone,
};

const PRINTER: SpanPrinter = SpanPrinter::new()
    .designator(Designator::Verbose)
    .spacing(Spacing::BetweenUnitsAndDesignators)
    .direction(Direction::Suffix);

/// Such as "in 5 minutes, 21 November 2026, 02:30:42 UTC". Both are seconds since the epoch.
pub fn in_words(at: u64, now: u64) -> String {
    let (at, now) = (timestamp(at), timestamp(now));
    let date = at.strftime("%-d %B %Y, %H:%M:%S UTC");
    format!("{}, {date}", distance(at, now))
}

/// A time that is too late for a date is the latest there is.
fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).ok();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.unwrap_or(Timestamp::MAX)
}

/// "in 5 minutes", "3 hours ago": one unit, rounded.
fn distance(at: Timestamp, now: Timestamp) -> String {
    let unit = match at.duration_since(now).as_secs() {
        0..45 => return "in a moment".to_owned(),
        -44..0 => return "just now".to_owned(),
        -3_569..3_570 => Unit::Minute,
        -84_599..84_600 => Unit::Hour,
        _ => Unit::Day,
    };
    let at = at.to_zoned(TimeZone::UTC);
    let rounded = ZonedDifference::new(&at)
        .largest(unit)
        .smallest(unit)
        .mode(RoundMode::HalfExpand);
    match now.to_zoned(TimeZone::UTC).until(rounded) {
        Ok(span) if span.is_positive() => format!("in {}", PRINTER.span_to_string(&span)),
        Ok(span) => PRINTER.span_to_string(&span),
        Err(_) => "out of reach".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_told_in_words() {
        for (at, words) in [
            (1_000_000, "in a moment"),
            (999_990, "just now"),
            (1_000_050, "in 1 minute"),
            (1_000_300, "in 5 minutes"),
            (1_003_569, "in 59 minutes"),
            (1_003_600, "in 1 hour"),
            (992_800, "2 hours ago"),
            (913_600, "1 day ago"),
        ] {
            assert_eq!(distance(timestamp(at), timestamp(1_000_000)), words);
        }
    }

    #[test]
    fn a_date_that_no_calendar_has_is_told_all_the_same() {
        let told = in_words(u64::MAX, 1_000_000);
        assert!(told.ends_with(" December 9999, 22:00:00 UTC"), "{told}");
    }
}
