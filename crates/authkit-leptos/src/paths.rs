//! Where the routes of the library are, and [`ReturnTo`], the only type that may decide where a
//! browser goes after signing in.
//!
//! Used by links in pages and by the flow on the server.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;

/// What a URL can't hold as it is: browsers show it, and programs pass it on, unescaped. A backslash, too, which
/// browsers take for a slash (WHATWG URL, "special" schemes).
const NOT_IN_A_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'\\');

/// What is escaped in the value of a query parameter: all but RFC 3986's unreserved characters and
/// the slash, which keeps links readable.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Starts a sign-in (GET).
pub const SIGN_IN: &str = "/sign-in";
/// Query parameter of an address that a browser was led to from another host.
pub const LED_HERE: &str = "led_here";
/// Starts a sign-in on AuthKit's sign-up screen (GET).
pub const SIGN_UP: &str = "/sign-up";
/// The app's page that asks the user before a sign-in that another site has begun goes on (GET, with the parameters of
/// [`SIGN_IN`]).
pub const CONFIRM_SIGN_IN: &str = "/confirm-sign-in";
/// Goes on with such a sign-in (POST).
pub const CONTINUE_SIGN_IN: &str = "/auth/continue-sign-in";
/// Where AuthKit sends the browser back to (GET): the path of `WORKOS_REDIRECT_URI`, unless that is another one, whose
/// requests are answered as if they had come here.
pub const CALLBACK: &str = "/callback";
/// Ends the session, here and at AuthKit (POST).
pub const SIGN_OUT: &str = "/sign-out";
/// Who is signed in now, for open pages (GET).
pub const SESSION: &str = "/auth/session";
/// The access token, for scripts of open pages (POST).
pub const ACCESS_TOKEN: &str = "/auth/access-token";
/// A new access token with what is true by now, for scripts of open pages (POST).
pub const REFRESH: &str = "/auth/refresh";
/// Moves the session to another organization (POST).
pub const SWITCH_ORGANIZATION: &str = "/auth/switch-organization";
/// AuthKit's public keys, passed on (GET).
pub const JWKS: &str = "/api/jwks";
/// Where WorkOS sends its webhooks (POST).
pub const WEBHOOKS: &str = "/webhooks/workos";
/// The app's page for a browser that has just been signed out (GET).
pub const SIGNED_OUT: &str = "/signed-out";
/// Query parameter of [`SIGNED_OUT`], and its value, when AuthKit could not be reached: its own session in this browser may
/// still be alive.
pub const STILL_AT_AUTHKIT: (&str, &str) = ("authkit", "unreachable");
/// The app's page that explains a [`SignInFailure`](super::SignInFailure) (GET `?reason=…&return_to=…`).
pub const SIGN_IN_FAILED: &str = "/sign-in-failed";
/// The app's page for a user who may not see the page they asked for (GET). Shown at that page's address, with status 403,
/// by the protection by path; a plain page where the app has none.
pub const FORBIDDEN: &str = "/forbidden";
/// The app's page for a user whose session can't be checked now (GET). Shown as [`FORBIDDEN`] is, with status 503.
pub const UNAVAILABLE: &str = "/unavailable";

/// What the library answers, or asks the app to answer, to every caller: no protection by path locks it. The callback may
/// have another path besides.
#[cfg(feature = "axum")]
pub(crate) const OPEN: [&str; 16] = [
    SIGN_IN,
    SIGN_UP,
    CONFIRM_SIGN_IN,
    CONTINUE_SIGN_IN,
    CALLBACK,
    SIGN_OUT,
    SESSION,
    ACCESS_TOKEN,
    REFRESH,
    SWITCH_ORGANIZATION,
    JWKS,
    WEBHOOKS,
    SIGNED_OUT,
    SIGN_IN_FAILED,
    FORBIDDEN,
    UNAVAILABLE,
];

/// Whether browsers go there by navigating, as opposed to calling it: a step of the sign-in.
#[must_use]
pub fn is_navigated_to(path: &str) -> bool {
    [SIGN_IN, SIGN_UP, CALLBACK].contains(&path)
}

/// A path on this origin that a browser may be sent to: parsed, so that it can't be anything else.
///
/// Starts with one `/`, holds visible ASCII only, no backslash, no segment of dots, is at most
/// [`MAX_LENGTH`](Self::MAX_LENGTH) bytes long and does not lead back into the sign-in itself
/// (OWASP "unvalidated redirects"; RFC 9700 §4.11). Spaces, letters beyond ASCII and backslashes further on are
/// escaped.
///
/// ```
/// # use authkit_leptos::ReturnTo;
/// assert_eq!(ReturnTo::parse("/account?tab=2#top").unwrap().as_str(), "/account?tab=2#top");
/// assert_eq!(ReturnTo::parse("/search?q=café au lait").unwrap().as_str(), "/search?q=caf%C3%A9%20au%20lait");
/// assert!(ReturnTo::parse("//evil.example").is_none());
/// assert!(ReturnTo::parse("/\\evil.example").is_none());
/// assert!(ReturnTo::parse("https://evil.example").is_none());
/// assert_eq!(ReturnTo::or_home(Some("javascript:alert(1)")).as_str(), "/");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The longest path accepted, in bytes.
    pub const MAX_LENGTH: usize = 2_048;

    /// The home page.
    #[must_use]
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// The path, if it is one that a browser may be sent to.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let on_this_origin = path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
        let has_controls = path.chars().any(char::is_control);
        let escaped = utf8_percent_encode(path, NOT_IN_A_PATH).to_string();
        let route = path.split(['?', '#']).next().unwrap_or_default();
        let route = route.trim_end_matches('/');
        let in_the_flow = [
            SIGN_IN,
            SIGN_UP,
            CALLBACK,
            SIGN_OUT,
            SIGNED_OUT,
            SIGN_IN_FAILED,
            CONFIRM_SIGN_IN,
            FORBIDDEN,
            UNAVAILABLE,
        ]
        .contains(&route);
        // Browsers take them out, and what is left could be a step of the sign-in after all.
        let has_dots = route.split('/').any(is_dots);
        let is_good = on_this_origin && !has_controls && !has_dots && !in_the_flow;
        (is_good && escaped.len() <= Self::MAX_LENGTH).then_some(Self(escaped))
    }

    /// The path, or the home page for anything that [`parse`](Self::parse) refuses.
    #[must_use]
    pub fn or_home(path: Option<&str>) -> Self {
        path.and_then(Self::parse).unwrap_or_else(Self::home)
    }

    /// The path, if it has at most `bytes`; else the path without its query and fragment, if that has; else the
    /// home page.
    ///
    /// ```
    /// # use authkit_leptos::ReturnTo;
    /// let here = ReturnTo::parse("/search?q=something+long").unwrap();
    /// assert_eq!(here.clone().within(512), here);
    /// assert_eq!(here.clone().within(10).as_str(), "/search");
    /// assert_eq!(here.within(3), ReturnTo::home());
    /// ```
    #[must_use]
    pub fn within(self, bytes: usize) -> Self {
        if self.0.len() <= bytes {
            return self;
        }
        let route = self.0.split(['?', '#']).next();
        Self::or_home(route.filter(|route| route.len() <= bytes))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the home page.
    #[must_use]
    pub fn is_home(&self) -> bool {
        self.0 == "/"
    }

    /// `route` with this path as its `return_to` parameter; just `route` for the home page.
    ///
    /// ```
    /// # use authkit_leptos::{ReturnTo, paths};
    /// let here = ReturnTo::parse("/account?a=1&b=2").unwrap();
    /// assert_eq!(here.on(paths::SIGN_IN), "/sign-in?return_to=/account%3Fa%3D1%26b%3D2");
    /// ```
    #[must_use]
    pub fn on(&self, route: &str) -> String {
        if self.is_home() {
            return route.to_owned();
        }
        let value = utf8_percent_encode(&self.0, QUERY_VALUE);
        format!("{route}?return_to={value}")
    }
}

/// The address at which a user confirms that it is them, and comes back.
#[cfg(any(feature = "axum", feature = "leptos"))]
pub(crate) fn to_sign_in_again(return_to: &ReturnTo, max_age: u64) -> String {
    let sign_in = return_to.on(SIGN_IN);
    with_parameter(&sign_in, "max_age", &max_age.to_string())
}

/// An address of this app with one more query parameter.
pub(crate) fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    let value = utf8_percent_encode(value, QUERY_VALUE);
    format!("{address}{separator}{name}={value}")
}

/// Whether browsers take this segment for the folder itself or the one above (WHATWG URL Standard §4.1).
pub(crate) fn is_dots(segment: &str) -> bool {
    [".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"]
        .iter()
        .any(|dots| segment.eq_ignore_ascii_case(dots))
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn who_has_to_confirm_is_led_back() {
        let here = ReturnTo::parse("/account?tab=2").unwrap();
        assert_eq!(
            to_sign_in_again(&here, 300),
            "/sign-in?return_to=/account%3Ftab%3D2&max_age=300"
        );
        assert_eq!(to_sign_in_again(&ReturnTo::home(), 0), "/sign-in?max_age=0");
    }

    #[test]
    fn no_path_of_the_library_can_be_locked() {
        let source = include_str!("paths.rs");
        let paths = source.lines().filter_map(|line| {
            let value = line.strip_prefix("pub const ")?.split_once("&str = \"")?.1;
            value.strip_suffix("\";").filter(|it| it.starts_with('/'))
        });
        let paths: Vec<_> = paths.collect();
        assert!(paths.contains(&CALLBACK) && paths.len() > 12, "{paths:?}");
        for path in paths {
            assert!(OPEN.contains(&path), "{path} is not in OPEN");
        }
    }

    #[test]
    fn bad_return_to_becomes_the_home_page() {
        let long = format!("/{}", "a".repeat(10 * 1024));
        for bad in [
            "//evil.example",
            "/\\evil",
            "\\\\evil",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "",
            "account",
            "/a\r\nSet-Cookie: x=1",
            "/\t/evil.example",
            "/a\0b",
            "/a\u{85}b",
            "/sign-in?return_to=/",
            "/sign-in/",
            "/callback",
            "/sign-out",
            "/signed-out",
            "/confirm-sign-in?organization_id=org_1",
            "/./sign-in",
            "/account/../sign-out",
            "/.%2E/%2e/callback",
            "/..",
            long.as_str(),
        ] {
            assert_eq!(ReturnTo::or_home(Some(bad)), ReturnTo::home(), "{bad:?}");
        }
    }

    #[test]
    fn what_a_url_can_not_hold_as_it_is_is_escaped_and_nothing_twice() {
        for (path, escaped) in [
            (
                "/search?q=caf\u{e9} cr\u{e8}me",
                "/search?q=caf%C3%A9%20cr%C3%A8me",
            ),
            ("/account?path=C:\\tmp", "/account?path=C:%5Ctmp"),
            ("/a%20b?c=%2F#d", "/a%20b?c=%2F#d"),
            ("/\u{2066}\u{5d0}", "/%E2%81%A6%D7%90"),
        ] {
            let parsed = ReturnTo::parse(path).unwrap();
            assert_eq!(parsed.as_str(), escaped);
            assert_eq!(ReturnTo::parse(escaped), Some(parsed));
        }
    }

    proptest! {
        /// Whatever parses stays on the origin for the URL parser browsers use (WHATWG).
        #[test]
        fn a_parsed_path_never_leaves_the_origin(path in "[/\\\\:a-z.@?#%\\t\\n é]{0,12}") {
            let origin = Url::parse("http://app.test/some/page").unwrap();
            if let Some(parsed) = ReturnTo::parse(&path) {
                let target = origin.join(parsed.as_str()).unwrap();
                prop_assert_eq!(target.origin(), origin.origin());
            }
        }

        /// A link carries the path through a query string unchanged.
        #[test]
        fn a_link_carries_the_path(path in "/[!-\\[\\]-~]{0,40}") {
            if let Some(parsed) = ReturnTo::parse(&path).filter(|path| !path.is_home()) {
                let link = Url::parse("http://app.test").unwrap().join(&parsed.on(SIGN_IN)).unwrap();
                let (key, value) = link.query_pairs().next().unwrap();
                prop_assert_eq!(key, "return_to");
                prop_assert_eq!(value, parsed.as_str());
            }
        }
    }
}
