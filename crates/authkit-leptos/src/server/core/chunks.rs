//! One value as several cookies: browsers silently drop a cookie of more than 4,096 bytes.
//!
//! `name` holds a short value, `name.0`, `name.1`, … a long one. Pure; used by `cookies`.

/// The longest value of one cookie, in bytes: 4,096 (RFC 6265 §6.1) less room for the name and the
/// attributes, which some browsers count too.
pub const CHUNK_LENGTH: usize = 3_800;

/// The longest value written, in bytes: two cookies, so that the headers of an answer that sets them stay below 8 kB, and
/// the cookies of a request too. That is what nginx and others take unless they are told to take more.
pub const LONGEST_VALUE: usize = 6_144;

/// The most chunks read: earlier versions wrote as many.
pub const MAX_CHUNKS: usize = 16;

/// The value is longer than cookies may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long for cookies")]
pub struct TooLong;

/// The cookies, as name and value, that together hold `value`, which must be ASCII.
///
/// # Errors
/// [`TooLong`] for more than [`LONGEST_VALUE`].
pub fn split<'v>(name: &str, value: &'v str) -> Result<Vec<(String, &'v str)>, TooLong> {
    if value.len() <= CHUNK_LENGTH {
        return Ok(vec![(name.to_owned(), value)]);
    }
    if value.len() > LONGEST_VALUE {
        return Err(TooLong);
    }
    let mut chunks = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(CHUNK_LENGTH));
        chunks.push((chunk_name(name, chunks.len()), chunk));
        rest = after;
    }
    Ok(chunks)
}

/// The value that `cookie`, which looks a cookie up by name, holds in one or several pieces;
/// `None` when there is none.
///
/// # Errors
/// [`TooLong`] when it is longer than any version has made it.
pub fn join<'c>(
    name: &str,
    cookie: impl Fn(&str) -> Option<&'c str>,
) -> Result<Option<String>, TooLong> {
    let value = match cookie(name) {
        Some(whole) => whole.to_owned(),
        None => (0..=MAX_CHUNKS)
            .map_while(|index| cookie(&chunk_name(name, index)))
            .collect(),
    };
    if value.len() > CHUNK_LENGTH * MAX_CHUNKS {
        return Err(TooLong);
    }
    Ok((!value.is_empty()).then_some(value))
}

/// Whether `cookie` is the name of the cookie `name` or of one of its chunks.
#[must_use]
pub fn belongs_to(name: &str, cookie: &str) -> bool {
    cookie.strip_prefix(name).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('.').is_some_and(|index| {
                !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

fn chunk_name(name: &str, index: usize) -> String {
    format!("{name}.{index}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn jar(chunks: Vec<(String, &str)>) -> HashMap<String, String> {
        chunks
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    proptest! {
        #[test]
        fn joins_what_it_split(length in 1usize..=LONGEST_VALUE) {
            let value: String = ('!'..='~').cycle().take(length).collect();
            let jar = jar(split("s", &value).unwrap());
            prop_assert!(jar.iter().all(|(name, value)| belongs_to("s", name) && value.len() <= CHUNK_LENGTH));
            let joined = join("s", |name| jar.get(name).map(String::as_str));
            prop_assert_eq!(joined, Ok(Some(value)));
        }
    }

    #[test]
    fn a_value_for_too_many_cookies_is_refused_both_ways() {
        let value = "x".repeat(LONGEST_VALUE + 1);
        assert_eq!(split("s", &value), Err(TooLong));
        let value = "x".repeat(CHUNK_LENGTH * MAX_CHUNKS + 1);
        assert_eq!(
            join("s", |name| (name == "s").then_some(&value)),
            Err(TooLong)
        );
        let chunk = "x".repeat(CHUNK_LENGTH);
        let endless = join("s", |name| name.contains('.').then_some(chunk.as_str()));
        assert_eq!(endless, Err(TooLong));
    }

    #[test]
    fn no_cookie_is_not_an_empty_value() {
        assert_eq!(join("s", |_| None), Ok(None));
    }

    #[test]
    fn other_cookies_do_not_belong() {
        assert!(belongs_to("s", "s") && belongs_to("s", "s.0"));
        for other in ["s.", "s.x", "s-attempt", "t", "s.0.1", ""] {
            assert!(!belongs_to("s", other), "{other}");
        }
    }
}
