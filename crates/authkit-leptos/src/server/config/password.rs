//! How hard the cookie password is to guess. With a guessed one, users can change what their own session
//! cookie says of them, such as the e-mail address; the access token in it still has to be theirs.
//!
//! Finds what is long and no secret all the same: a repeated letter, the alphabet, an example out of
//! documentation. A password that passes may still be weak. Never shows any part of the password.

/// Random hexadecimal of 32 digits has 14 different ones, and hardly ever fewer than ten.
const FEWEST_DIFFERENT: usize = 8;
/// Characters of base64 that hold 128 bits.
const ENOUGH: usize = 22;
/// What examples and notes to oneself are made of, the longer before what is part of it.
const WORDS: [&str; 50] = [
    "placeholder",
    "characters",
    "production",
    "character",
    "password",
    "complex",
    "session",
    "example",
    "replace",
    "generate",
    "default",
    "authkit",
    "minimum",
    "battery",
    "openssl",
    "changeme",
    "between",
    "staple",
    "secret",
    "cookie",
    "random",
    "string",
    "workos",
    "change",
    "insert",
    "leptos",
    "please",
    "least",
    "value",
    "super",
    "horse",
    "correct",
    "should",
    "base64",
    "encrypt",
    "something",
    "qwerty",
    "length",
    "abcdef",
    "local",
    "must",
    "long",
    "with",
    "this",
    "that",
    "your",
    "here",
    "test",
    "only",
    "safe",
];

/// Why a password of 32 characters and more is easy to guess.
pub(super) fn weakness(password: &str) -> Option<String> {
    let characters: Vec<char> = password.chars().collect();
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < FEWEST_DIFFERENT {
        let count = different.len();
        return Some(format!("is made of {count} different characters only"));
    }
    let repeats = |period: usize| {
        characters[period..]
            .iter()
            .eq(&characters[..characters.len() - period])
    };
    if let Some(period) = (1..ENOUGH.min(characters.len())).find(|period| repeats(*period)) {
        return Some(format!("says the same {period} characters over and over"));
    }
    let next = |pair: &&[char]| (pair[0] as u32).abs_diff(pair[1] as u32) <= 1;
    if characters.windows(2).filter(next).count() * 2 > characters.len() {
        return Some("is mostly a row of neighbours, such as abcdef and 123456".to_owned());
    }
    let mut rest = password.to_lowercase();
    for word in WORDS {
        rest = rest.replace(word, "");
    }
    let rest = rest.chars().filter(|c| c.is_alphanumeric()).count();
    (rest < ENOUGH).then(|| "is made of words that examples are made of".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    #[test]
    fn what_is_long_and_no_secret_is_found() {
        for weak in [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz012345",
            "complex_password_at_least_32_characters_long",
            "your-secret-password-at-least-32-characters",
            "change-me-change-me-change-me-now",
            "correct-horse-battery-staple-password",
            "this-is-a-super-secret-cookie-password",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
    }

    #[test]
    fn a_sentence_of_ones_own_is_let_pass() {
        assert_eq!(
            weakness("Seven grey herons walked over the frozen pond"),
            None
        );
    }

    proptest! {
        #[test]
        fn random_bytes_are_never_called_weak(bytes in any::<[u8; 32]>()) {
            // Not what a generator would give, but what it tries first.
            prop_assume!(bytes.iter().collect::<std::collections::HashSet<_>>().len() > 24);
            prop_assert_eq!(weakness(&STANDARD.encode(bytes)), None);
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(weakness(&hexadecimal), None);
        }
    }
}
