//! [`Segments`]: the path of a request, as patterns are compared with it.
//!
//! A path that could mean another one to a browser, a proxy or a router is never public, and every guard of a path that
//! it could mean counts. Reads text only.

use crate::paths::is_dots;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use url::Url;

/// The segments of a path; none for `/`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segments<'a>(Vec<Cow<'a, str>>);

impl<'a> Segments<'a> {
    /// The segments of a path that may be public, without one slash at the end; `None` for a path that could mean
    /// another one.
    pub fn of_public(path: &'a str) -> Option<Self> {
        let segments = Self::split(path.strip_prefix('/')?);
        let is_plain = |segment: &Cow<'_, str>| !segment.is_empty() && !is_never_public(segment);
        segments.0.iter().all(is_plain).then_some(segments)
    }

    /// The segments of each path that this one could mean: itself; as browsers and Leptos's router resolve it (WHATWG
    /// URL §4.4); decoded, as servers of files and some proxies do; and each without empty segments.
    pub fn of_all_readings(path: &'a str) -> Vec<Self> {
        let own = Self::split(path.strip_prefix('/').unwrap_or(path));
        let is_ordinary =
            |segment: &Cow<'_, str>| !segment.contains(['%', '\\', '.']) && !segment.is_empty();
        if own.0.iter().all(is_ordinary) {
            return vec![own];
        }
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let resolved = [path, &decoded].into_iter().filter_map(resolved);
        let resolved = resolved.flat_map(|path| {
            let of = |segments: Vec<&str>| {
                Self(
                    segments
                        .into_iter()
                        .map(|it| Cow::Owned(it.to_owned()))
                        .collect(),
                )
            };
            let all: Vec<_> = path.trim_start_matches('/').split('/').collect();
            let named = path.split('/').filter(|it| !it.is_empty()).collect();
            [of(all), of(named)]
        });
        std::iter::once(own).chain(resolved).collect()
    }

    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        &self.0
    }

    fn split(path: &'a str) -> Self {
        if path.is_empty() {
            return Self(Vec::new());
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        Self(path.split('/').map(Cow::Borrowed).collect())
    }
}

/// The path as a browser resolves it.
fn resolved(path: &str) -> Option<String> {
    let url = format!(
        "http://localhost/{}",
        path.strip_prefix('/').unwrap_or(path)
    );
    Url::parse(&url).ok().map(|url| url.path().to_owned())
}

/// Whether a segment could mean another path: browsers take some for the folder itself or the one above, some programs
/// take a backslash for a slash, and decode a slash before they look.
pub(super) fn is_never_public(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    is_dots(segment) || lower.contains('\\') || lower.contains("%2f") || lower.contains("%5c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_also_what_browsers_proxies_and_servers_of_files_make_of_it() {
        for (path, meant) in [
            ("/admin", "admin"),
            ("/admin/", "admin"),
            ("/x/../admin", "admin"),
            ("/x/%2e%2E/admin", "admin"),
            ("/x\\..\\admin", "admin"),
            ("/%61dmin", "admin"),
            ("//admin", "admin"),
            ("/./admin//", "admin"),
            ("/x/..%2fadmin", "admin"),
            ("/x%2f..%5cadmin", "admin"),
            // The empty segment is what `..` goes up from.
            ("/admin//../people", "admin/people"),
            ("/x/%2e%2e/admin/a%2fb", "admin/a%2fb"),
        ] {
            let readings = Segments::of_all_readings(path);
            let found = readings.iter().any(|it| it.as_slice().join("/") == meant);
            assert!(found, "{path}: {readings:?}");
        }
    }

    #[test]
    fn an_ordinary_path_means_one_thing() {
        for path in ["/", "/admin", "/a/b/c", "/caf\u{e9}"] {
            assert_eq!(Segments::of_all_readings(path).len(), 1, "{path}");
        }
    }
}
