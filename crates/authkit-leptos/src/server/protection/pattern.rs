//! [`Pattern`]: a set of paths, as an app lists them for [`Protection`](super::Protection).
//!
//! Parsed when the app starts, so that a pattern can't be wrong later. Has the project's own few rules instead of a
//! language for routes: what makes a path public must be readable at a glance.

use super::path::{Segments, is_never_public};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt;

/// What a browser percent-encodes in a path (WHATWG URL §1.3, path percent-encode set).
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Segments of a path: text stands for itself, `*` for one segment that is not empty, and `**` at the end for any number
/// of segments, none included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    /// Whether it ends in `**`.
    has_rest: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    /// `*`.
    Any,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternProblem {
    /// `about`, or nothing.
    #[error("does not begin with a slash")]
    NoSlash,
    /// `/a//b`, `/a/`.
    #[error("has an empty segment")]
    EmptySegment,
    /// `/:id`, `/{id}`, `/[id]`, `/(a|b)`.
    #[error("has a parameter or a group, for which there are only `*` and, at the end, `**`")]
    Parameter,
    /// `/search?q=1`, `/a#b`.
    #[error("has a query or a fragment, and only paths are compared")]
    Query,
    /// `/a*`, `/*.css`.
    #[error("has a `*` in a segment with something else")]
    PartOfSegment,
    /// `/a/**/b`.
    #[error("has `**` before its end")]
    RestNotLast,
    /// `/café`, `/a b`.
    #[error("has a character that a request's path has percent-encoded")]
    NotEncoded,
    /// `/../a`, `/a%2fb`, `/a\b`.
    #[error("has a segment of dots, a backslash or an encoded slash; such a path is never public")]
    NeverPublic,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternProblem`]: what to write instead is [`instead_of`](Self::instead_of).
    pub fn parse(text: &str) -> Result<Self, PatternProblem> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(PatternProblem::NoSlash);
        };
        let is_parameter = |c| matches!(c, ':' | '{' | '}' | '[' | ']' | '(' | ')' | '|');
        if path.contains(is_parameter) {
            return Err(PatternProblem::Parameter);
        }
        if path.contains(['?', '#']) {
            return Err(PatternProblem::Query);
        }
        let mut pattern = Self {
            segments: Vec::new(),
            has_rest: false,
        };
        if path.is_empty() {
            return Ok(pattern);
        }
        for segment in path.split('/') {
            if pattern.has_rest {
                return Err(PatternProblem::RestNotLast);
            }
            match segment {
                "" => return Err(PatternProblem::EmptySegment),
                "**" => pattern.has_rest = true,
                "*" => pattern.segments.push(Segment::Any),
                text if text.contains('*') => return Err(PatternProblem::PartOfSegment),
                text if is_never_public(text) => return Err(PatternProblem::NeverPublic),
                text if encoded(text) != text => return Err(PatternProblem::NotEncoded),
                text => pattern.segments.push(Segment::Text(text.to_owned())),
            }
        }
        Ok(pattern)
    }

    /// The pattern that `text`, which is none, most likely means. `None` where a guess could make more public than was
    /// meant.
    #[must_use]
    pub fn instead_of(text: &str) -> Option<Self> {
        let path = text.split('#').next().unwrap_or_default();
        // A question mark at the end of a segment is a modifier of path-to-regexp.
        let path = match path.find('?') {
            Some(at) if !path[at + 1..].is_empty() && !path[at + 1..].starts_with('/') => {
                &path[..at]
            }
            _ => path,
        };
        let mut segments = String::new();
        for segment in path.split('/').filter(|it| !it.is_empty()) {
            let is_many = segment.contains(['*', '+']) || segment.contains("...");
            segments.push('/');
            match segment.chars().next() {
                Some(':' | '{' | '[' | '(') if is_many || segment.ends_with('?') => {
                    segments.push_str("**");
                }
                Some(':' | '{' | '[') => segments.push('*'),
                _ => segments.push_str(&encoded(segment)),
            }
        }
        let segments = if segments.is_empty() { "/" } else { &segments };
        Self::parse(segments).ok()
    }

    /// The paths of a route of axum, such as `/posts/{id}/{*rest}`.
    #[must_use]
    pub fn of_route(route: &str) -> Self {
        let mut pattern = Self {
            segments: Vec::new(),
            has_rest: false,
        };
        for segment in route.split('/').filter(|it| !it.is_empty()) {
            if segment.starts_with("{*") {
                pattern.has_rest = true;
                break;
            }
            pattern.segments.push(match segment.contains('{') {
                true => Segment::Any,
                false => Segment::Text(segment.to_owned()),
            });
        }
        pattern
    }

    /// Whether the path is one of the set.
    pub(super) fn has(&self, path: &Segments<'_>) -> bool {
        let path = path.as_slice();
        let is_long_enough = match self.has_rest {
            true => path.len() >= self.segments.len(),
            false => path.len() == self.segments.len(),
        };
        let mut pairs = self.segments.iter().zip(path);
        is_long_enough
            && pairs.all(|(segment, found)| match segment {
                Segment::Text(text) => text == found,
                Segment::Any => !found.is_empty(),
            })
    }

    /// Whether all of the other's paths are paths of this.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let is_long_enough = match self.has_rest {
            true => other.segments.len() >= self.segments.len(),
            false => !other.has_rest && other.segments.len() == self.segments.len(),
        };
        let mut pairs = self.segments.iter().zip(&other.segments);
        is_long_enough && pairs.all(|(own, other)| *own == Segment::Any || own == other)
    }

    /// Whether any path is one of both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (own, others) = (self.segments.len(), other.segments.len());
        let may_be_as_long =
            own == others || (own < others && self.has_rest) || (own > others && other.has_rest);
        let mut pairs = self.segments.iter().zip(&other.segments);
        may_be_as_long
            && pairs
                .all(|(own, other)| *own == Segment::Any || *other == Segment::Any || own == other)
    }

    /// Whether it is one path.
    pub(super) fn is_one_path(&self) -> bool {
        !self.has_rest && !self.segments.contains(&Segment::Any)
    }
}

/// As it is written.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() && !self.has_rest {
            return f.write_str("/");
        }
        for segment in &self.segments {
            match segment {
                Segment::Text(text) => write!(f, "/{text}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        f.write_str(if self.has_rest { "/**" } else { "" })
    }
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, extract::Request, routing::get};
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use tower::ServiceExt;
    use url::Url;

    fn has(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::parse(pattern).unwrap();
        Segments::of_public(path).is_some_and(|path| pattern.has(&path))
    }

    #[test]
    fn a_pattern_has_its_paths_and_no_others() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/about", false),
            ("/about", "/about", true),
            ("/about", "/about/", true),
            ("/about", "/About", false),
            ("/about", "/about/team", false),
            ("/about", "/abou", false),
            ("/about", "/aboutx", false),
            ("/blog/*", "/blog/1", true),
            ("/blog/*", "/blog/1/", true),
            ("/blog/*", "/blog", false),
            ("/blog/*", "/blog/", false),
            ("/blog/*", "/blog/1/2", false),
            ("/*/edit", "/1/edit", true),
            ("/docs/**", "/docs", true),
            ("/docs/**", "/docs/", true),
            ("/docs/**", "/docs/a/b", true),
            ("/docs/**", "/docsx", false),
            ("/docs/*/**", "/docs", false),
            ("/docs/*/**", "/docs/a/b/c", true),
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/caf%C3%A9", "/caf%C3%A9", true),
            ("/a;b=1", "/a;b=1", true),
        ] {
            assert_eq!(has(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_path_with_dot_segments_an_empty_one_a_backslash_or_an_encoded_slash_is_never_public() {
        for path in [
            "",
            "about",
            "*",
            "//",
            "//evil.example",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/%2e/b",
            "/a/%2E%2e/b",
            "/a/.%2e",
            "/a/%2e.",
            "/a\\b",
            "/a\\..\\b",
            "/a%5cb",
            "/a%5Cb",
            "/a%2fb",
            "/a%2Fb",
            "/a/..%2fb",
        ] {
            assert!(!has("/**", path), "{path:?}");
        }
        // An encoded letter is another path, as it is to axum's router.
        assert!(!has("/about", "/%61bout"));
        assert!(has("/*", "/%61bout"));
    }

    #[test]
    fn what_is_no_pattern_is_refused_and_says_what_to_write() {
        use PatternProblem as P;
        for (text, problem, instead) in [
            ("", P::NoSlash, Some("/")),
            ("about", P::NoSlash, Some("/about")),
            ("**", P::NoSlash, Some("/**")),
            ("/about/", P::EmptySegment, Some("/about")),
            ("//about", P::EmptySegment, Some("/about")),
            ("/a//b", P::EmptySegment, Some("/a/b")),
            ("/docs/:path*", P::Parameter, Some("/docs/**")),
            ("/docs/:path+", P::Parameter, Some("/docs/**")),
            ("/docs/:path?", P::Parameter, Some("/docs/**")),
            ("/docs/:id", P::Parameter, Some("/docs/*")),
            ("/docs/{id}/edit", P::Parameter, Some("/docs/*/edit")),
            ("/docs/{*rest}", P::Parameter, Some("/docs/**")),
            ("/docs/[...slug]", P::Parameter, Some("/docs/**")),
            ("/docs/(.*)", P::Parameter, Some("/docs/**")),
            ("/(a|b)", P::Parameter, None),
            ("/a(.*)", P::Parameter, None),
            ("/:path*/edit", P::Parameter, None),
            ("/search?q=1", P::Query, Some("/search")),
            ("/a#b", P::Query, Some("/a")),
            ("/a*", P::PartOfSegment, None),
            ("/*.css", P::PartOfSegment, None),
            ("/a/***", P::PartOfSegment, None),
            ("/a/**/b", P::RestNotLast, None),
            ("/**/", P::RestNotLast, Some("/**")),
            ("/caf\u{e9}", P::NotEncoded, Some("/caf%C3%A9")),
            ("/a b", P::NotEncoded, Some("/a%20b")),
            ("/../a", P::NeverPublic, None),
            ("/a/%2e", P::NeverPublic, None),
            ("/a%2Fb", P::NeverPublic, None),
            ("/a\\b", P::NeverPublic, None),
            ("https://app.example/a", P::NoSlash, None),
        ] {
            assert_eq!(Pattern::parse(text), Err(problem), "{text}");
            let found = Pattern::instead_of(text).map(|it| it.to_string());
            assert_eq!(found.as_deref(), instead, "{text}");
        }
    }

    #[test]
    fn a_set_of_paths_is_compared_with_another() {
        let pattern = |text: &str| Pattern::parse(text).unwrap();
        for (one, other, covers, meets) in [
            ("/a", "/a", true, true),
            ("/a", "/b", false, false),
            ("/a/*", "/a/b", true, true),
            ("/a/b", "/a/*", false, true),
            ("/a/**", "/a", true, true),
            ("/a/**", "/a/*/c", true, true),
            ("/a/*", "/a/**", false, true),
            ("/a/*", "/a", false, false),
            ("/*/b", "/a/*", false, true),
            ("/**", "/", true, true),
            ("/a/b/**", "/a", false, false),
            ("/a/**", "/**", false, true),
        ] {
            let (one, other) = (pattern(one), pattern(other));
            assert_eq!(one.covers(&other), covers, "{one} {other}");
            assert_eq!(one.meets(&other), meets, "{one} {other}");
            assert_eq!(other.meets(&one), meets, "{other} {one}");
        }
    }

    /// What requests are made of: names, and what proxies, browsers and routers read in different ways.
    fn paths() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec![
            "a", "b", "c", "A", "%61", "", ".", "..", "%2e", "%2E%2e", ".%2e", "a%2fb", "a%2F..",
            "..%2fb", "a\\b", "..\\b", "%5c", "a;b", "%00", "*", "**", "{x}", "%25", "%252e",
        ]);
        prop::collection::vec(segment, 0..5).prop_map(|it| format!("/{}", it.join("/")))
    }

    fn patterns() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec!["a", "b", "c", "*"]);
        (prop::collection::vec(segment, 0..4), any::<bool>()).prop_map(|(mut segments, rest)| {
            segments.extend(rest.then_some("**"));
            format!("/{}", segments.join("/"))
        })
    }

    /// An app that has routes for the paths of a pattern, and answers everything else too.
    fn app(pattern: &str) -> Router {
        let answers = |said: &'static str| get(move || async move { said });
        let route = pattern.strip_suffix("/**").unwrap_or(pattern);
        let mut number = 0;
        let route = route.split('/').map(|segment| match segment {
            "*" => {
                number += 1;
                format!("{{s{number}}}")
            }
            text => text.to_owned(),
        });
        let route = route.collect::<Vec<_>>().join("/");
        let router = Router::new().fallback(|| async { "other" });
        let router = match route.as_str() {
            "" => router.route("/", answers("own")),
            route => router.route(route, answers("own")),
        };
        match pattern.ends_with("/**") {
            true => router.route(&format!("{route}/{{*rest}}"), answers("own")),
            false => router,
        }
    }

    fn served_by(app: &Router, path: &str) -> String {
        let request = Request::get(path).body(Body::empty());
        let Ok(request) = request else {
            return "not a request".to_owned();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let answer = app.clone().oneshot(request).await.unwrap();
            let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        })
    }

    proptest! {
        /// A path is public only if axum serves it under the route of the pattern: not by what it could also mean.
        #[test]
        fn a_path_that_the_router_serves_under_another_pattern_is_never_public(
            (pattern, path) in (patterns(), paths())
        ) {
            if has(&pattern, &path) {
                let app = app(&pattern);
                let without_slash = path.strip_suffix('/').filter(|it| !it.is_empty());
                let served = served_by(&app, without_slash.unwrap_or(&path));
                prop_assert_eq!(served, "own", "{} {}", pattern, path);
            }
        }

        /// Leptos's router on the server, and browsers, resolve a path before they compare it (WHATWG URL).
        #[test]
        fn a_public_path_means_the_same_to_browsers(
            (pattern, path) in (patterns(), paths())
        ) {
            if has(&pattern, &path) {
                let url = Url::parse(&format!("http://app.test{path}")).unwrap();
                // Some characters are encoded, and that is all.
                let decoded = |path: &str| percent_decode_str(path).collect::<Vec<_>>();
                prop_assert_eq!(decoded(url.path()), decoded(&path));
                prop_assert_eq!(url.path().split('/').count(), path.split('/').count());
            }
        }

        /// Whatever axum serves under the route and is an ordinary path is public.
        #[test]
        fn an_ordinary_path_of_the_route_is_public(
            (pattern, path) in (patterns(), "(/[a-c]){1,4}")
        ) {
            prop_assert_eq!(has(&pattern, &path), served_by(&app(&pattern), &path) == "own");
        }

        #[test]
        fn a_pattern_is_written_as_it_was_read(pattern in patterns()) {
            prop_assert_eq!(Pattern::parse(&pattern).unwrap().to_string(), pattern);
        }
    }
}
