//! `WORKOS_REDIRECT_URIS`: more addresses of the same app, each a name of its own.
//!
//! Read by `variables`. A request is answered under the name it was sent to, as far as that is listed, to the character:
//! there is no wildcard, and no header but `Host` says what the name is.

use super::{
    Config,
    problem::{Complaint, complaint},
    value::RedirectUri,
};
use http::{HeaderMap, header::HOST};
use url::Url;

/// The variable.
pub(super) const VARIABLE: &str = "WORKOS_REDIRECT_URIS";

/// What it looks like.
const EXAMPLE: &str = "for example https://app.example.com/callback, https://app.example.org/callback, and register each at \
                       WorkOS under Redirects";

/// The redirect URIs of an app; the first is that of requests to any other name.
#[derive(Clone, Debug)]
pub(in crate::server) struct RedirectUris(Vec<RedirectUri>);

impl RedirectUris {
    /// Those of this configuration.
    pub fn of(config: &Config) -> Self {
        Self(config.redirect_uris().cloned().collect())
    }

    /// The one on the host that a request was sent to.
    pub fn of_request(&self, headers: &HeaderMap) -> &RedirectUri {
        let [first, ..] = &self.0[..] else {
            unreachable!("a configuration has a redirect URI");
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        // All of them have one scheme, which a proxy may have taken off on the way.
        let asked = host.and_then(|host| Url::parse(&format!("{}://{host}", first.scheme())).ok());
        let asked = asked.map(|url| url.origin().ascii_serialization());
        let mut uris = self.0.iter();
        uris.find(|uri| asked.as_ref() == Some(&uri.origin()))
            .unwrap_or(first)
    }
}

/// A list of redirect URIs, beside the one of `WORKOS_REDIRECT_URI`.
pub(super) fn parse(
    list: &str,
    first: Option<&RedirectUri>,
) -> Result<Vec<RedirectUri>, Complaint> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    for entry in list.split(',').map(str::trim) {
        if entry.contains('*') {
            let wildcard = format!("has {entry} in it, and * stands for nothing here");
            return complaint(&wildcard, EXAMPLE);
        }
        let uri = RedirectUri::parse(entry).map_err(|(problem, remedy)| {
            (format!("has “{entry}” in it, which {problem}"), remedy)
        })?;
        let mut known = first.into_iter().chain(&uris);
        if known.clone().any(|other| *other == uri) {
            continue;
        }
        if known.clone().any(|other| other.origin() == uri.origin()) {
            let twice = format!("has two addresses for {}", uri.origin());
            return complaint(&twice, "write one for each name of the app");
        }
        let differs =
            |other: &RedirectUri| other.path() != uri.path() || other.scheme() != uri.scheme();
        if known.any(differs) {
            let different =
                format!("has {entry} in it, which differs from the others in more than the host");
            return complaint(
                &different,
                "use one path, and https for all or for none, in WORKOS_REDIRECT_URI too",
            );
        }
        uris.push(uri);
    }
    Ok(uris)
}

#[cfg(test)]
mod tests {
    use super::{
        super::variables::tests::{problem_of, read},
        *,
    };

    const FIRST: (&str, &str) = ("WORKOS_REDIRECT_URI", "https://app.example/callback");

    #[test]
    fn a_request_has_the_redirect_uri_of_its_host_to_the_character_or_else_the_first() {
        let list = "https://app.example:8443/callback, https://b\u{fc}cher.example/callback,https://app.example/callback";
        let config = read(&[FIRST, (VARIABLE, list)]).unwrap().unwrap();
        let uris = RedirectUris::of(&config);
        for (host, origin) in [
            (Some("app.example"), "https://app.example"),
            (Some("APP.example:443"), "https://app.example"),
            (Some("app.example:8443"), "https://app.example:8443"),
            (
                Some("xn--bcher-kva.example"),
                "https://xn--bcher-kva.example",
            ),
            (Some("evil.example"), "https://app.example"),
            (Some("app.example.evil.example"), "https://app.example"),
            (Some("a.app.example"), "https://app.example"),
            (Some("a b"), "https://app.example"),
            (None, "https://app.example"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert(HOST, host.parse().unwrap());
            }
            assert_eq!(uris.of_request(&headers).origin(), origin, "{host:?}");
        }
    }

    #[test]
    fn each_wrong_list_is_told_with_what_is_wrong_in_it() {
        for (list, problem) in [
            (
                "https://*.example/callback",
                "has https://*.example/callback in it, and * stands",
            ),
            (
                "app.example/callback",
                "has “app.example/callback” in it, which is not an absolute URL",
            ),
            (
                "https://b.example/callback,",
                "has “” in it, which is not an absolute URL",
            ),
            (
                "https://b.example/sign-in",
                "has “https://b.example/sign-in” in it, which leads to /sign-in",
            ),
            (
                "http://b.example/callback",
                "has http://b.example/callback in it, which differs",
            ),
            (
                "https://b.example/back",
                "has https://b.example/back in it, which differs",
            ),
            (
                "https://b.example/callback, https://b.example:443/callback/",
                "has two addresses for https://b.example",
            ),
        ] {
            let told = problem_of(&[FIRST, (VARIABLE, list)]);
            assert!(told.starts_with(&format!("{VARIABLE} {problem}")), "{told}");
        }
        let domain = ("WORKOS_COOKIE_DOMAIN", "example");
        let told = problem_of(&[FIRST, domain, (VARIABLE, "https://app.test/callback")]);
        assert!(
            told.starts_with(&format!("{VARIABLE} has app.test in it")),
            "{told}"
        );
    }
}
