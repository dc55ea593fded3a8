//! How far a moment is from now, in words.
//!
//! Used where a date is shown, on both sides. Counts in whole units: a page says more by its date.

/// "in 5 minutes", "just now", "3 hours ago". Both are seconds since the epoch.
///
/// ```
/// use authkit_leptos::distance::in_words;
///
/// assert_eq!(in_words(1_003_600, 1_000_000), "in 1 hour");
/// ```
#[must_use]
pub fn in_words(at: u64, now: u64) -> String {
    let distance = at.abs_diff(now);
    let (count, unit) = match distance {
        0..45 => return if at > now { "in a moment" } else { "just now" }.to_owned(),
        45..3_570 => ((distance + 30) / 60, "minute"),
        3_570..84_600 => ((distance + 1_800) / 3_600, "hour"),
        _ => ((distance + 43_200) / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if at > now {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn distances_are_told_in_words() {
        for (at, words) in [
            (1_000_001, "in a moment"),
            (1_000_000, "just now"),
            (999_990, "just now"),
            (1_000_050, "in 1 minute"),
            (1_000_300, "in 5 minutes"),
            (1_003_569, "in 59 minutes"),
            (1_003_600, "in 1 hour"),
            (992_800, "2 hours ago"),
            (913_600, "1 day ago"),
        ] {
            assert_eq!(in_words(at, 1_000_000), words);
        }
    }
}
