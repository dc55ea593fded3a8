//! Which sites may show the app in a frame: parsed once, so that what reaches the policy of a page is a list of
//! sources and nothing else (CSP Level 3 §6.4.2).
//!
//! Read at start; asked by pages for their policy, and by the layer when a sign-in is asked for inside a frame.

use authkit_local::{is_origin, is_this_machine};
use std::fmt;
use url::Url;

/// The variable.
pub const VARIABLE: &str = "FRAME_ANCESTORS";
/// What a source may begin with that stands for every host below a name.
const WILDCARD: &str = "https://*.";

/// The sites that may show the app in a frame: none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameAncestors(Vec<String>);

/// An entry that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not a site: write self, https://intranet.example or https://*.customer.example, with commas between them"
)]
pub struct NotASite(String);

impl FrameAncestors {
    /// The sites in a list with commas: `self`, origins over https (over http on this machine), and
    /// `https://*.` with a name.
    ///
    /// ```
    /// # use authkit_leptos::server::config::FrameAncestors;
    /// let sites = FrameAncestors::parse("self, https://*.customer.example").unwrap();
    /// assert_eq!(sites.to_string(), "'self' https://*.customer.example");
    /// assert_eq!(FrameAncestors::default().to_string(), "'none'");
    /// ```
    ///
    /// # Errors
    /// [`NotASite`] for the first entry that is none.
    pub fn parse(list: &str) -> Result<Self, NotASite> {
        let entries = list.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        let sources = entries.map(|entry| source(entry).ok_or_else(|| NotASite(entry.to_owned())));
        Ok(Self(sources.collect::<Result<_, _>>()?))
    }

    /// Whether any site may.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// The value of `frame-ancestors`.
impl fmt::Display for FrameAncestors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("'none'"),
            false => f.write_str(&self.0.join(" ")),
        }
    }
}

/// A source for the policy, written anew from what was understood of the entry.
fn source(entry: &str) -> Option<String> {
    if entry.eq_ignore_ascii_case("self") {
        return Some("'self'".to_owned());
    }
    let (prefix, url) = match entry.strip_prefix(WILDCARD) {
        Some(name) => (WILDCARD, Url::parse(&format!("https://{name}")).ok()?),
        None => ("", Url::parse(entry).ok()?),
    };
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => is_this_machine(url.host()),
        _ => false,
    };
    let name = url.domain().unwrap_or_default();
    // Everything below a top-level domain would be every site.
    let is_somebodys = prefix.is_empty() || name.contains('.');
    let is_plain = !url.as_str().contains(['*', ';', '\'', ' ']);
    if !(is_safe && is_origin(&url) && is_somebodys && is_plain) {
        return None;
    }
    let origin = url.origin().ascii_serialization();
    Some(match prefix {
        "" => origin,
        prefix => origin.replacen("https://", prefix, 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_become_sources_of_the_policy() {
        for (list, policy) in [
            ("", "'none'"),
            (" , ", "'none'"),
            ("Self", "'self'"),
            (
                "self, https://Intranet.example/ ,https://b.example:8443",
                "'self' https://intranet.example https://b.example:8443",
            ),
            ("https://*.customer.example", "https://*.customer.example"),
            ("http://localhost:4000", "http://localhost:4000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(FrameAncestors::parse(list).unwrap().to_string(), policy);
        }
    }

    #[test]
    fn what_is_no_site_is_named_and_never_reaches_the_policy() {
        for entry in [
            "*",
            "https:",
            "https://*",
            "https://*.com",
            "https://*.*.example",
            "https://a.*.example",
            "http://intranet.example",
            "'self'",
            "'none'",
            "intranet.example",
            "https://intranet.example/app",
            "https://intranet.example?x",
            "https://user@intranet.example",
            "https://intranet.example; script-src *",
            "https://intranet.example https://evil.example",
            "data:text/html",
        ] {
            let list = format!("https://good.example,{entry}");
            let error = FrameAncestors::parse(&list).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{entry:?} is not a site")),
                "{error}"
            );
        }
    }
}
