//! [`Since`]: how far back something is listed: a duration as it is typed, such as `90m`.
//!
//! Parsed by `events`, and by commands of an app that list what has happened.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use std::{fmt, str::FromStr};

/// More than anybody keeps, and still a date.
const LONGEST: SignedDuration = SignedDuration::from_hours(3_660 * 24);

/// A duration into the past.
///
/// ```
/// use authkit_cli::Since;
/// use jiff::Timestamp;
/// let since: Since = "90m".parse()?;
/// let now: Timestamp = "2026-11-27T03:00:00Z".parse()?;
/// assert_eq!(since.before(now).to_string(), "2026-11-27T01:30:00Z");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Since(SignedDuration);

/// The text is no such duration.
#[derive(Debug, thiserror::Error)]
#[error("not a time such as 90m, 12h or 7d")]
pub struct NotADuration;

impl Since {
    /// That long before a time.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.0).unwrap_or(Timestamp::MIN)
    }

    /// Whether it is no longer than this.
    #[must_use]
    pub fn is_within(self, longest: SignedDuration) -> bool {
        self.0 <= longest
    }
}

impl FromStr for Since {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, NotADuration> {
        let span: Span = text.trim().parse().map_err(|_| NotADuration)?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let duration = duration.map_err(|_| NotADuration)?;
        match duration.is_positive() && duration <= LONGEST {
            true => Ok(Self(duration)),
            false => Err(NotADuration),
        }
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_are_the_longest_and_the_future_is_no_past() {
        for (text, seconds) in [
            ("90m", 5_400),
            ("1h", 3_600),
            ("1h 30m", 5_400),
            ("7d", 604_800),
            ("3660d", 316_224_000),
        ] {
            let since: Since = text.parse().unwrap();
            assert_eq!(since.0.as_secs(), seconds, "{text}");
        }
        for text in [
            "",
            "0s",
            "-1h",
            "3661d",
            "1 month",
            "yesterday",
            "3600",
            "1h ago",
        ] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
