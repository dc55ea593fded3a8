//! What the value of a variable may look like: an origin, or text that still has its quotes.
//!
//! Called by everything that reads settings, so that all of it refuses the same values.

use url::Url;

/// Whether a URL consists of scheme, host and port only, as an origin is written (RFC 6454 §6.2).
///
/// ```
/// use url::Url;
///
/// assert!(authkit_local::is_origin(&Url::parse("https://app.example.com")?));
/// assert!(!authkit_local::is_origin(&Url::parse("https://app.example.com/app")?));
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn is_origin(url: &Url) -> bool {
    url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// Whether a value has quotes around it. Shells and `.env` files take them off, `docker --env-file` and
/// others pass them on as part of the value.
#[must_use]
pub fn is_quoted(value: &str) -> bool {
    let value = value.trim();
    ['"', '\'']
        .iter()
        .any(|quote| value.len() > 1 && value.starts_with(*quote) && value.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_seen_on_both_sides_only() {
        assert!(is_quoted("\"abc\"") && is_quoted(" 'abc' ") && is_quoted("''"));
        assert!(!is_quoted("\"") && !is_quoted("it's") && !is_quoted("'abc\""));
    }
}
