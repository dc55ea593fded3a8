//! `chunks`: a value comes back as it was split, and whatever cookies there are, what is joined is bounded.
//!
//! Input: the cookies, one `name=value` a line; the pattern and the length of a value to split.

use super::super::core::chunks::{
    CHUNK_LENGTH, LONGEST_VALUE, MAX_CHUNKS, belongs_to, join, split,
};
use authkit_fuzz::{filled, sections};
use std::{cell::Cell, collections::HashMap};

const NAME: &str = "s";
/// No value that is read is longer.
const BOUND: usize = CHUNK_LENGTH * MAX_CHUNKS;

pub fn test(input: &[u8]) {
    let [cookies, pattern, length] = sections(input);
    let full = "x".repeat(CHUNK_LENGTH);
    joined_is_bounded(&String::from_utf8_lossy(&filled(cookies, &[('F', &full)])));
    let length = String::from_utf8_lossy(length)
        .trim()
        .parse::<usize>()
        .unwrap_or(0);
    let pattern: Vec<u8> = pattern
        .iter()
        .copied()
        .filter(u8::is_ascii_graphic)
        .collect();
    let mut value = pattern.repeat(length.min(2 * BOUND) / pattern.len().max(1) + 1);
    value.truncate(length);
    comes_back(&String::from_utf8(value).unwrap());
}

fn joined_is_bounded(cookies: &str) {
    let jar: HashMap<&str, &str> = cookies
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let asked = Cell::new(0);
    let joined = join(NAME, |name| {
        asked.set(asked.get() + 1);
        assert!(belongs_to(NAME, name), "{name}");
        jar.get(name).copied()
    });
    assert!(asked.get() <= MAX_CHUNKS + 3, "{} look-ups", asked.get());
    match joined {
        Ok(Some(value)) => {
            assert!((1..=BOUND).contains(&value.len()), "{} bytes", value.len());
            let whole = jar.get(NAME).copied().map(str::to_owned);
            let pieces = (0..=MAX_CHUNKS)
                .map_while(|index| jar.get(format!("{NAME}.{index}").as_str()).copied());
            assert_eq!(value, whole.unwrap_or_else(|| pieces.collect()));
        }
        Ok(None) => assert!(
            jar.get(NAME)
                .or(jar.get("s.0"))
                .is_none_or(|it| it.is_empty())
        ),
        Err(_) => {
            let ours = jar.iter().filter(|(name, _)| belongs_to(NAME, name));
            assert!(ours.map(|(_, value)| value.len()).sum::<usize>() > BOUND);
        }
    }
}

fn comes_back(value: &str) {
    let Ok(chunks) = split(NAME, value) else {
        assert!(value.len() > LONGEST_VALUE);
        return;
    };
    assert!(value.len() <= LONGEST_VALUE && chunks.len() <= MAX_CHUNKS);
    let jar: HashMap<_, _> = chunks
        .iter()
        .map(|(name, it)| (name.as_str(), *it))
        .collect();
    assert_eq!(jar.len(), chunks.len(), "two chunks have one name");
    for (name, chunk) in &jar {
        assert!(
            belongs_to(NAME, name) && chunk.len() <= CHUNK_LENGTH,
            "{name}"
        );
    }
    let joined = join(NAME, |name| jar.get(name).copied());
    assert_eq!(joined, Ok((!value.is_empty()).then(|| value.to_owned())));
}
