//! Configuration in WorkOS's own variable names, checked completely before anything starts.
//!
//! Read once by the app's `main`; every part of the server half gets its values from here. All
//! problems are reported together, each with the variable, what is wrong and how to put it right.

use super::core::seal::Sealer;
use crate::authkit::paths;
use cookie::SameSite;
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, time::Duration};
use url::{Host, Url};

/// WorkOS's API, unless `WORKOS_API_HOSTNAME` names another.
const DEFAULT_API_HOSTNAME: &str = "api.workos.com";
/// 400 days, the longest a browser keeps a cookie (RFC 6265bis §5.5).
const DEFAULT_MAX_AGE: u64 = 400 * 24 * 60 * 60;
/// The fewest characters of a cookie password.
const PASSWORD_LENGTH: usize = 32;
const PASSWORD_REMEDY: &str = "make one with `openssl rand -base64 32`";

/// Everything the library needs to know. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// `WORKOS_CLIENT_ID`.
    pub client_id: String,
    /// `WORKOS_API_KEY`.
    pub api_key: SecretString,
    /// `WORKOS_REDIRECT_URI`; its origin is the app's public origin.
    pub redirect_uri: RedirectUri,
    /// `WORKOS_COOKIE_PASSWORD`, and while it is being changed `WORKOS_COOKIE_PASSWORD_PREVIOUS`.
    pub cookie_password: CookiePassword,
    /// Sessions sealed under this one are still opened.
    pub previous_cookie_password: Option<CookiePassword>,
    /// How the session cookie is set.
    pub cookie: CookieConfig,
    /// `https://api.workos.com`, or what `WORKOS_API_HOSTNAME`, `_HTTPS` and `_PORT` make of it.
    pub api: ApiBase,
}

/// How the session cookie is set (RFC 6265 §5.2). It is always `HttpOnly` with `Path=/`, and
/// `Secure` whenever the redirect URI is https.
#[derive(Clone, Debug)]
pub struct CookieConfig {
    /// `WORKOS_COOKIE_NAME`, `wos-session` by default.
    pub name: String,
    /// `WORKOS_COOKIE_MAX_AGE` in seconds, 400 days by default.
    pub max_age: Duration,
    /// `WORKOS_COOKIE_DOMAIN`; none by default: only this host gets the cookie.
    pub domain: Option<String>,
    /// `WORKOS_COOKIE_SAMESITE`, `lax` by default.
    pub same_site: SameSite,
    /// Follows from the redirect URI.
    pub secure: bool,
}

/// An absolute http(s) URL whose path is the callback's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(Url);

/// A password of 32 characters or more. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct CookiePassword(SecretString);

/// Where WorkOS's API is: scheme, host and port, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase {
    origin: String,
    overridden: bool,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it. Never its value, if that is a secret.
    pub problem: String,
    /// How to get a right value.
    pub remedy: String,
}

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 problem with the configuration:")?,
            count => write!(f, "{count} problems with the configuration:")?,
        }
        for Problem {
            variable,
            problem,
            remedy,
        } in &self.0
        {
            write!(f, "\n  {variable} {problem}\n    → {remedy}")?;
        }
        Ok(())
    }
}

impl Config {
    /// The four that must be set, and what each one is.
    const REQUIRED: [(&'static str, &'static str); 4] = [
        (
            "WORKOS_CLIENT_ID",
            "copy it from the WorkOS dashboard, under API Keys; it begins with client_",
        ),
        (
            "WORKOS_API_KEY",
            "copy it from the WorkOS dashboard, under API Keys; it begins with sk_",
        ),
        (
            "WORKOS_REDIRECT_URI",
            "for example http://localhost:3000/callback, and register the same at WorkOS under Redirects",
        ),
        ("WORKOS_COOKIE_PASSWORD", PASSWORD_REMEDY),
    ];
    const OPTIONAL: [&'static str; 8] = [
        "WORKOS_COOKIE_PASSWORD_PREVIOUS",
        "WORKOS_COOKIE_NAME",
        "WORKOS_COOKIE_MAX_AGE",
        "WORKOS_COOKIE_DOMAIN",
        "WORKOS_COOKIE_SAMESITE",
        "WORKOS_API_HOSTNAME",
        "WORKOS_API_HTTPS",
        "WORKOS_API_PORT",
    ];

    /// The configuration in `variable`, which looks a variable up by name; `None` when none of
    /// them is set, so that the app can fall back to its emulator in development. A variable that
    /// is set to nothing counts as not set.
    ///
    /// # Errors
    /// [`Problems`] with everything that is missing or wrong, also when it is half set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Problems> {
        let set = |name: &str| {
            variable(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let names = Self::REQUIRED.iter().map(|(name, _)| *name);
        if names.chain(Self::OPTIONAL).all(|name| set(name).is_none()) {
            return Ok(None);
        }

        let mut reader = Reader {
            set: &set,
            problems: Vec::new(),
        };
        for (name, remedy) in Self::REQUIRED {
            if set(name).is_none() {
                reader.problem(name, "is not set", remedy);
            }
        }
        let client_id = reader.parse("WORKOS_CLIENT_ID", |value| {
            prefixed(value, "client_", Self::REQUIRED[0].1)
        });
        let api_key = reader.parse("WORKOS_API_KEY", |value| {
            prefixed(value, "sk_", Self::REQUIRED[1].1)
        });
        let redirect_uri = reader.parse("WORKOS_REDIRECT_URI", RedirectUri::parse);
        let cookie_password = reader.parse("WORKOS_COOKIE_PASSWORD", CookiePassword::parse);
        let previous_cookie_password =
            reader.parse("WORKOS_COOKIE_PASSWORD_PREVIOUS", CookiePassword::parse);
        let cookie = reader.cookie(redirect_uri.as_ref());
        let api = reader.api();

        match (client_id, api_key, redirect_uri, cookie_password) {
            (Some(client_id), Some(api_key), Some(redirect_uri), Some(cookie_password))
                if reader.problems.is_empty() =>
            {
                Ok(Some(Self {
                    client_id,
                    api_key: api_key.into(),
                    redirect_uri,
                    cookie_password,
                    previous_cookie_password,
                    cookie,
                    api,
                }))
            }
            _ => Err(Problems(reader.problems)),
        }
    }

    /// What is said when nothing is set where something must be: in production.
    #[must_use]
    pub fn nothing_set() -> Problems {
        Problems(
            Self::REQUIRED
                .iter()
                .map(|(variable, remedy)| Problem {
                    variable,
                    problem: "is not set".to_owned(),
                    remedy: (*remedy).to_owned(),
                })
                .collect(),
        )
    }

    /// The issuers whose tokens are accepted, exactly as they stand in `iss`.
    ///
    /// WorkOS's two forms at the API host; where that is overridden also its bare origin, which is
    /// what WorkOS's own emulator uses.
    #[must_use]
    pub fn issuers(&self) -> Vec<String> {
        let ApiBase { origin, overridden } = &self.api;
        let mut issuers = vec![
            format!("{origin}/"),
            format!("{origin}/user_management/{}", self.client_id),
        ];
        if *overridden {
            issuers.push(origin.clone());
        }
        issuers
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_url(&self) -> Url {
        let url = workos::jwks_url(&self.api.origin, &self.client_id);
        Url::parse(&url).expect("an origin and a path are a URL")
    }

    /// Seals under the current password, opens under the previous one too.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        let previous = self
            .previous_cookie_password
            .iter()
            .map(|password| &password.0);
        Sealer::new(&self.cookie_password.0, previous)
    }
}

/// Collects the problems, so that all are reported at once.
struct Reader<'v> {
    set: &'v dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

/// What is wrong, and what to do about it.
type Complaint = (String, String);

impl Reader<'_> {
    fn problem(
        &mut self,
        variable: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            variable,
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    /// The parsed value; `None` when the variable isn't set or has been complained about.
    fn parse<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        match parse(&(self.set)(variable)?) {
            Ok(value) => Some(value),
            Err((problem, remedy)) => {
                self.problem(variable, problem, remedy);
                None
            }
        }
    }

    fn cookie(&mut self, redirect_uri: Option<&RedirectUri>) -> CookieConfig {
        let secure = redirect_uri.is_some_and(RedirectUri::is_https);
        let name = self.parse("WORKOS_COOKIE_NAME", |value| {
            if !value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            {
                return complaint(
                    "has characters a cookie name can't have",
                    "use letters, digits, - and _",
                );
            }
            if !secure && (value.starts_with("__Host-") || value.starts_with("__Secure-")) {
                return complaint(
                    "has a prefix that browsers accept over https only",
                    "choose a name without prefix, or an https redirect URI",
                );
            }
            Ok(value.to_owned())
        });
        let max_age = self.parse("WORKOS_COOKIE_MAX_AGE", |value| match value.parse() {
            Ok(seconds) if seconds > 0 => Ok(seconds),
            _ => complaint("is not a number of seconds", "34560000 is 400 days"),
        });
        let host_only = name
            .as_ref()
            .is_some_and(|name: &String| name.starts_with("__Host-"));
        let domain = self.parse("WORKOS_COOKIE_DOMAIN", |value| {
            let domain = value.trim_start_matches('.').to_ascii_lowercase();
            if host_only {
                return complaint("can't go with a cookie name that starts with __Host-", "leave one of them out");
            }
            let covers = redirect_uri.is_none_or(|uri| {
                let host = uri.0.host_str().unwrap_or_default();
                host == domain || host.ends_with(&format!(".{domain}"))
            });
            if domain.is_empty() || !covers {
                return complaint(
                    "does not cover the host of WORKOS_REDIRECT_URI, so browsers would drop the cookie",
                    "use that host or a parent of it, or leave it out",
                );
            }
            Ok(domain)
        });
        let same_site = self.parse("WORKOS_COOKIE_SAMESITE", |value| {
            match value.to_ascii_lowercase().as_str() {
                "lax" => Ok(SameSite::Lax),
                "none" if secure => Ok(SameSite::None),
                "none" => complaint("is none, which browsers accept over https only", "use lax, or an https redirect URI"),
                "strict" => complaint(
                    "is strict: the page AuthKit sends a browser back to would not get the cookie, and look signed out",
                    "use lax",
                ),
                _ => complaint("is not one of lax and none", "leave it out: lax is right for nearly everybody"),
            }
        });
        CookieConfig {
            name: name.unwrap_or_else(|| "wos-session".to_owned()),
            max_age: Duration::from_secs(max_age.unwrap_or(DEFAULT_MAX_AGE)),
            domain,
            same_site: same_site.unwrap_or(SameSite::Lax),
            secure,
        }
    }

    fn api(&mut self) -> ApiBase {
        let hostname = self.parse("WORKOS_API_HOSTNAME", |value| match Host::parse(value) {
            Ok(host) => Ok(host.to_string()),
            Err(_) => complaint(
                "is not a host name",
                "write the host alone, such as api.workos.com, without https:// and port",
            ),
        });
        let https = self.parse("WORKOS_API_HTTPS", |value| match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => complaint("is neither true nor false", "leave it out for https"),
        });
        let port = self.parse("WORKOS_API_PORT", |value| match value.parse::<u16>() {
            Ok(port) if port > 0 => Ok(port),
            _ => complaint("is not a port number", "use 1 to 65535, or leave it out"),
        });
        let overridden = hostname.is_some() || https.is_some() || port.is_some();
        let hostname = hostname.unwrap_or_else(|| DEFAULT_API_HOSTNAME.to_owned());
        let https = https.unwrap_or(true);
        let scheme = if https { "https" } else { "http" };
        let default_port = if https { 443 } else { 80 };
        let origin = match port {
            Some(port) if port != default_port => format!("{scheme}://{hostname}:{port}"),
            _ => format!("{scheme}://{hostname}"),
        };
        ApiBase {
            overridden: overridden && origin != format!("https://{DEFAULT_API_HOSTNAME}"),
            origin,
        }
    }
}

fn complaint<T>(problem: &str, remedy: &str) -> Result<T, Complaint> {
    Err((problem.to_owned(), remedy.to_owned()))
}

fn prefixed(value: &str, prefix: &str, remedy: &str) -> Result<String, Complaint> {
    if value.starts_with(prefix) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value.to_owned())
    } else {
        complaint(
            &format!("does not begin with {prefix} or has spaces in it"),
            remedy,
        )
    }
}

impl RedirectUri {
    fn parse(value: &str) -> Result<Self, Complaint> {
        let example = Config::REQUIRED[2].1;
        let Ok(url) = Url::parse(value) else {
            return complaint("is not an absolute URL", example);
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return complaint("is not an http or https URL", example);
        }
        if url.path() != paths::CALLBACK || url.query().is_some() || url.fragment().is_some() {
            return complaint("does not end in /callback, where this app answers", example);
        }
        Ok(Self(url))
    }

    /// As registered at `WorkOS`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The app's public origin, such as `https://app.example`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl CookiePassword {
    fn parse(value: &str) -> Result<Self, Complaint> {
        match value.chars().count() {
            length if length < PASSWORD_LENGTH => complaint(
                &format!("has {length} characters and needs {PASSWORD_LENGTH} or more"),
                PASSWORD_REMEDY,
            ),
            _ => Ok(Self(value.to_owned().into())),
        }
    }

    /// Whether two are the same; for tests and for the rotation check.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.expose_secret() == other
    }
}

impl ApiBase {
    /// Scheme, host and port without a trailing slash.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("WORKOS_CLIENT_ID", "client_123"),
        ("WORKOS_API_KEY", "sk_test_123"),
        ("WORKOS_REDIRECT_URI", "http://localhost:3000/callback"),
        ("WORKOS_COOKIE_PASSWORD", "0123456789abcdef0123456789abcdef"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Option<Config>, Problems> {
        let lookup = |name: &str| {
            changes
                .iter()
                .chain(&GOOD)
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::read(lookup)
    }

    fn problem_of(changes: &[(&str, &str)]) -> String {
        let problems = read(changes).unwrap_err().0;
        assert_eq!(problems.len(), 1, "{problems:?}");
        format!("{} {}", problems[0].variable, problems[0].problem)
    }

    #[test]
    fn nothing_set_is_not_a_configuration_and_not_an_error() {
        assert!(Config::read(|_| None).unwrap().is_none());
        assert!(Config::read(|_| Some("  ".to_owned())).unwrap().is_none());
    }

    #[test]
    fn half_a_configuration_names_everything_that_is_missing() {
        let problems = Config::read(|name| (name == "WORKOS_API_PORT").then(|| "x".to_owned()))
            .unwrap_err()
            .0;
        let variables: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        assert_eq!(
            variables,
            [
                "WORKOS_CLIENT_ID",
                "WORKOS_API_KEY",
                "WORKOS_REDIRECT_URI",
                "WORKOS_COOKIE_PASSWORD",
                "WORKOS_API_PORT"
            ]
        );
    }

    #[test]
    fn a_short_cookie_password_is_refused_without_being_shown() {
        let problem = problem_of(&[("WORKOS_COOKIE_PASSWORD", "hunter2hunter2")]);
        assert_eq!(
            problem,
            "WORKOS_COOKIE_PASSWORD has 14 characters and needs 32 or more"
        );
    }

    #[test]
    fn each_wrong_value_is_named() {
        for (variable, value, problem) in [
            ("WORKOS_CLIENT_ID", "sk_test", "does not begin with client_"),
            ("WORKOS_API_KEY", "client_123", "does not begin with sk_"),
            (
                "WORKOS_REDIRECT_URI",
                "localhost:3000/callback",
                "is not an http",
            ),
            ("WORKOS_REDIRECT_URI", "/callback", "is not an absolute URL"),
            (
                "WORKOS_REDIRECT_URI",
                "http://localhost:3000/auth",
                "does not end in /callback",
            ),
            ("WORKOS_COOKIE_NAME", "a b", "has characters"),
            ("WORKOS_COOKIE_NAME", "__Host-session", "has a prefix"),
            ("WORKOS_COOKIE_MAX_AGE", "-1", "is not a number of seconds"),
            ("WORKOS_COOKIE_DOMAIN", "example.com", "does not cover"),
            ("WORKOS_COOKIE_SAMESITE", "strict", "is strict"),
            ("WORKOS_COOKIE_SAMESITE", "none", "is none"),
            (
                "WORKOS_API_HOSTNAME",
                "https://api.workos.com",
                "is not a host name",
            ),
            ("WORKOS_API_HTTPS", "yes", "is neither true nor false"),
            ("WORKOS_API_PORT", "0", "is not a port number"),
        ] {
            let found = problem_of(&[(variable, value)]);
            assert!(
                found.starts_with(&format!("{variable} {problem}")),
                "{found}"
            );
        }
    }

    #[test]
    fn the_cookie_is_secure_whenever_the_redirect_uri_is_https() {
        let https = read(&[("WORKOS_REDIRECT_URI", "https://app.example/callback")]);
        assert!(https.unwrap().unwrap().cookie.secure);
        assert!(!read(&[]).unwrap().unwrap().cookie.secure);
    }

    #[test]
    fn issuers_follow_the_api_host() {
        let production = read(&[]).unwrap().unwrap();
        assert_eq!(
            production.issuers(),
            [
                "https://api.workos.com/",
                "https://api.workos.com/user_management/client_123"
            ]
        );
        let local = read(&[
            ("WORKOS_API_HOSTNAME", "localhost"),
            ("WORKOS_API_HTTPS", "false"),
            ("WORKOS_API_PORT", "4100"),
        ]);
        assert_eq!(
            local.unwrap().unwrap().issuers(),
            [
                "http://localhost:4100/",
                "http://localhost:4100/user_management/client_123",
                "http://localhost:4100"
            ]
        );
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = format!("{:?}", read(&[]).unwrap().unwrap());
        assert!(!shown.contains("0123456789abcdef") && !shown.contains("sk_test_123"));
    }
}
