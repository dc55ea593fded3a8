//! What people are called, made of what they typed or a directory said: names may be missing, blank, very long, right to
//! left, or hold characters that nobody sees.
//!
//! Used where a user is shown. Never decides who somebody is.

/// The longest part of a name that is shown, in characters.
const LONGEST: usize = 64;

/// A name as it can be shown: without what controls a terminal or the direction of the text around it, white space
/// at the ends, or more than 64 characters. `None` if nothing is left.
pub fn shown(name: Option<&str>) -> Option<String> {
    let name: String = name?.chars().filter(|it| !is_control(*it)).collect();
    let mut letters = name.trim().chars();
    let mut shown: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    (!shown.is_empty()).then_some(shown)
}

/// The full name; `None` if there is none.
pub fn full(first: Option<&str>, last: Option<&str>) -> Option<String> {
    match (shown(first), shown(last)) {
        (Some(first), Some(last)) => Some(first + " " + &last),
        (one, other) => one.or(other),
    }
}

/// Control characters, and those that embed, override or isolate a direction (Unicode Standard Annex #9 §2).
fn is_control(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The first letters of the first two words of a name, as they are written.
pub fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_it_is_or_not_at_all() {
        for (first, last, name) in [
            (Some("Ada"), Some("Lovelace"), Some("Ada Lovelace")),
            (Some(" Ada "), None, Some("Ada")),
            (None, Some("Lovelace"), Some("Lovelace")),
            (Some(""), Some("  "), None),
            (
                Some("\u{3000}"),
                Some("\u{202e}\u{200b}\u{202c}"),
                Some("\u{200b}"),
            ),
            (
                Some("A\u{202e}da\u{0}\n"),
                Some("\u{2067}אדה\u{2069}"),
                Some("Ada אדה"),
            ),
            (None, None, None),
        ] {
            assert_eq!(full(first, last).as_deref(), name, "{first:?} {last:?}");
        }
    }

    #[test]
    fn a_very_long_name_is_cut_between_letters() {
        let long = "é".repeat(10_000);
        let shown = full(Some(&long), Some("Lovelace")).unwrap();
        assert_eq!(shown, "é".repeat(64) + "… Lovelace");
    }
}
