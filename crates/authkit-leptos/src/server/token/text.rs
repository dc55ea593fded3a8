//! [`shown`]: a text that came from outside, as it can be printed.
//!
//! Used in refusals and errors, which people read in a terminal. Never decides anything.

/// How much of a text that came with a token is repeated, in characters.
const SHOWN: usize = 120;

/// A text that came with a token, safe to print: escaped, and cut off after 120 characters.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|c| match c {
            '"' => vec![c],
            c => c.escape_debug().collect(),
        })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
