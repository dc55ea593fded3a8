//! The value of `WWW-Authenticate` (RFC 6750 §3): which credentials a refused request needs.
//!
//! Written for refused bearer tokens and for callers whom a guard refuses.

use http::HeaderValue;

/// A challenge of the scheme `Bearer`. `more` is further parameters, each with a comma before it.
pub(super) fn challenge(error: &str, description: &str, more: &str) -> HeaderValue {
    // A description has no quotation marks, no backslashes, and ASCII only (RFC 6750 §3).
    let plain: String = description
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    let value = format!("Bearer error=\"{error}\", error_description=\"{plain}\"{more}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("Bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_stays_within_its_quotation_marks() {
        let value = challenge("invalid_token", "kid \"x\\\" \u{fc}\n", "");
        assert_eq!(
            value.to_str().unwrap(),
            "Bearer error=\"invalid_token\", error_description=\"kid 'x'' ??\""
        );
    }
}
