//! Reading the variables: every one of them is looked at, and everything wrong is told.

use super::{
    Config, CookieConfig,
    bearer_tokens::BearerTokens,
    frame_ancestors::{FrameAncestors, VARIABLE as FRAME_ANCESTORS},
    problem::{Complaint, Problem, Problems, Severity, complaint, risk},
    reader::Reader,
    redirect_uris,
    value::{CookiePassword, EXAMPLE, PASSWORD_REMEDY, RedirectUri},
};
use cookie::SameSite;
use secrecy::SecretString;
use std::time::Duration;
use url::Host;

/// How to put a guessable password right.
const NEW_PASSWORD: &str = "make one with `openssl rand -base64 32`; all users sign in once more";
const SESSION_COOKIE: &str = "wos-session";
/// 400 days, the longest a browser keeps a cookie (RFC 6265bis §5.5).
const DEFAULT_MAX_AGE: u64 = 400 * 24 * 60 * 60;

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
        ("WORKOS_REDIRECT_URI", EXAMPLE),
        ("WORKOS_COOKIE_PASSWORD", PASSWORD_REMEDY),
    ];
    const OPTIONAL: [&'static str; 13] = [
        redirect_uris::VARIABLE,
        "WORKOS_COOKIE_PASSWORD_PREVIOUS",
        "WORKOS_COOKIE_NAME",
        "WORKOS_COOKIE_MAX_AGE",
        "WORKOS_COOKIE_DOMAIN",
        "WORKOS_COOKIE_SAMESITE",
        "WORKOS_AUTHKIT_DOMAIN",
        "WORKOS_API_HOSTNAME",
        "WORKOS_API_HTTPS",
        "WORKOS_API_PORT",
        "WORKOS_REFRESH_BUFFER",
        "WORKOS_WEBHOOK_SECRET",
        "WORKOS_TOKEN_AUDIENCE",
    ];

    /// The configuration in the environment: [`read`](Self::read) with [`std::env::var`].
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{Config, Problems};
    /// # fn body() -> Result<(), Problems> {
    /// match Config::from_env()? {
    ///     Some(config) => println!("signs in with {}", config.client_id),
    ///     None => println!("no WORKOS variable is set"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Problems`] with everything that is missing, wrong or unsafe, also when it is half set.
    pub fn from_env() -> Result<Option<Self>, Problems> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// The configuration of what stands in for WorkOS in development. Addresses of this machine are no problem then.
    ///
    /// # Errors
    /// [`Problems`] when the variables are no configuration.
    pub(in crate::server) fn of_development(
        variables: &[(&'static str, String)],
    ) -> Result<Self, Problems> {
        let read = Self::read_for_development(|name| {
            let mut variables = variables.iter();
            let found = variables.find(|(variable, _)| *variable == name)?;
            Some(found.1.clone())
        })?;
        read.map(|(config, _)| config).ok_or_else(Self::nothing_set)
    }

    /// The configuration in `variable`, which looks a variable up by name; `None` when none of
    /// them is set, so that the app can fall back to its emulator in development. A variable that
    /// is set to nothing counts as not set.
    ///
    /// ```
    /// # use authkit_leptos::server::Config;
    /// assert!(Config::read(|_| None).unwrap().is_none());
    ///
    /// let half_set = Config::read(|name| (name == "WORKOS_CLIENT_ID").then(|| "client_1".to_owned()));
    /// assert!(half_set.unwrap_err().to_string().contains("WORKOS_API_KEY"));
    /// ```
    ///
    /// # Errors
    /// [`Problems`] with everything that is missing, wrong or unsafe, also when it is half set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Problems> {
        match Self::read_for_development(variable)? {
            Some((_, unsafe_values)) if !unsafe_values.is_empty() => Err(Problems(unsafe_values)),
            read => Ok(read.map(|(config, _)| config)),
        }
    }

    /// The same for an app that is not deployed: values that work and are not safe are accepted, and come
    /// back as [`Severity::Unsafe`] problems, for the app to warn of.
    ///
    /// # Errors
    /// [`Problems`] with everything that is missing, wrong or unsafe, if something is missing or wrong.
    pub fn read_for_development(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<(Self, Vec<Problem>)>, Problems> {
        let set = |name: &str| {
            variable(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        if Self::variables().all(|name| set(name).is_none()) {
            return Ok(None);
        }

        let mut reader = Reader {
            set: &set,
            problems: Vec::new(),
        };
        for (name, remedy) in Self::REQUIRED {
            if set(name).is_none() {
                reader.problem(
                    name,
                    Severity::Unusable,
                    ("is not set".into(), remedy.into()),
                );
            }
        }
        let client_id = reader.parse("WORKOS_CLIENT_ID", |value| {
            prefixed(value, "client_", Self::REQUIRED[0].1)
        });
        let api_key = reader.parse("WORKOS_API_KEY", |value| {
            prefixed(value, "sk_", Self::REQUIRED[1].1)
        });
        let redirect_uri = reader.parse("WORKOS_REDIRECT_URI", RedirectUri::parse);
        let more_redirect_uris = reader
            .parse(redirect_uris::VARIABLE, |list| {
                redirect_uris::parse(list, redirect_uri.as_ref())
            })
            .unwrap_or_default();
        let cookie_password = reader.parse("WORKOS_COOKIE_PASSWORD", CookiePassword::parse);
        let previous_cookie_password =
            reader.parse("WORKOS_COOKIE_PASSWORD_PREVIOUS", CookiePassword::parse);
        reader.risk(
            "WORKOS_REDIRECT_URI",
            redirect_uri.as_ref().and_then(RedirectUri::risk),
        );
        for (name, password, remedy) in [
            ("WORKOS_COOKIE_PASSWORD", &cookie_password, NEW_PASSWORD),
            (
                "WORKOS_COOKIE_PASSWORD_PREVIOUS",
                &previous_cookie_password,
                "leave it out; users whose sessions were sealed with it sign in once more",
            ),
        ] {
            let risk = password.as_ref().and_then(|it| it.risk(remedy));
            reader.risk(name, risk);
        }
        reader.risk(
            redirect_uris::VARIABLE,
            more_redirect_uris.iter().find_map(RedirectUri::risk),
        );
        let cookie = reader.cookie(redirect_uri.as_ref());
        reader.covers_all(&cookie, &more_redirect_uris);
        let api = reader.api();
        let refresh_buffer = reader.parse("WORKOS_REFRESH_BUFFER", |value| match value.parse() {
            Ok(seconds) => Ok(Duration::from_secs(seconds)),
            Err(_) => complaint(
                "is not a number of seconds",
                "60 is a minute; 0 renews tokens only once they have expired",
            ),
        });
        let authkit_domain =
            reader.parse("WORKOS_AUTHKIT_DOMAIN", |value| match Host::parse(value) {
                Ok(Host::Domain(domain)) => Ok(domain),
                _ => complaint(
                    "is not a host name",
                    "write the host alone, such as auth.example.com, without https:// and path",
                ),
            });
        let webhook_secret = reader
            .parse("WORKOS_WEBHOOK_SECRET", |value| Ok(value.to_owned()))
            .map(SecretString::from);

        let token_audiences = reader.parse("WORKOS_TOKEN_AUDIENCE", audiences);

        match (client_id, api_key, redirect_uri, cookie_password) {
            (Some(client_id), Some(api_key), Some(redirect_uri), Some(cookie_password))
                if reader.can_work() =>
            {
                let config = Self {
                    client_id,
                    api_key: api_key.into(),
                    redirect_uri,
                    more_redirect_uris,
                    cookie_password,
                    previous_cookie_password,
                    cookie,
                    refresh_buffer,
                    webhook_secret,
                    providers: Vec::new(),
                    bearer_tokens: BearerTokens::default(),
                    frame_ancestors: FrameAncestors::default(),
                    authkit_domain,
                    token_audiences: token_audiences.unwrap_or_default(),
                    api,
                    browser_api: None,
                };
                Ok(Some((config, reader.problems)))
            }
            _ => Err(Problems(reader.problems)),
        }
    }

    /// The names of all variables that are read here.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        let required = Self::REQUIRED.iter().map(|(name, _)| *name);
        required.chain(Self::OPTIONAL)
    }

    /// What is said when nothing is set where something must be: in production.
    #[must_use]
    pub fn nothing_set() -> Problems {
        Problems(
            Self::REQUIRED
                .iter()
                .map(|(variable, remedy)| Problem {
                    variable,
                    severity: Severity::Unusable,
                    problem: "is not set".to_owned(),
                    remedy: (*remedy).to_owned(),
                })
                .collect(),
        )
    }
}

impl Reader<'_> {
    fn covers_all(&mut self, cookie: &CookieConfig, uris: &[RedirectUri]) {
        let Some(domain) = &cookie.domain else { return };
        let is_outside = |uri: &&RedirectUri| !covers(domain, uri.host());
        if let Some(outside) = uris.iter().find(is_outside) {
            let problem = format!(
                "has {} in it, which WORKOS_COOKIE_DOMAIN does not cover, so browsers would drop the cookie there",
                outside.host()
            );
            let remedy = "leave one of them out: without WORKOS_COOKIE_DOMAIN each name has sessions of its own";
            self.problem(
                redirect_uris::VARIABLE,
                Severity::Unusable,
                (problem, remedy.to_owned()),
            );
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
            let covers = redirect_uri.is_none_or(|uri| covers(&domain, uri.host()));
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
                "none" => complaint("is none, which browsers accept over https only", "use lax"),
                "strict" => complaint(
                    "is strict: the page AuthKit sends a browser back to would not get the cookie, and look signed out",
                    "use lax",
                ),
                _ => complaint("is not one of lax and none", "leave it out: lax is right for nearly everybody"),
            }
        });
        let ancestors = (self.set)(FRAME_ANCESTORS).and_then(|it| FrameAncestors::parse(&it).ok());
        let is_framed = ancestors.is_some_and(|ancestors| ancestors.is_any());
        if same_site == Some(SameSite::None) && !is_framed {
            let none = risk(
                "is none, and FRAME_ANCESTORS names no site that may show this app in a frame: every site's \
                 requests would carry the session, for nothing",
                "leave it out, or name the sites in FRAME_ANCESTORS",
            );
            self.risk("WORKOS_COOKIE_SAMESITE", none);
        }
        let (name, old_name) = match (name, secure) {
            (Some(name), _) => (name, None),
            (None, false) => (SESSION_COOKIE.to_owned(), None),
            (None, true) => {
                let prefix = if domain.is_some() {
                    "__Secure-"
                } else {
                    "__Host-"
                };
                (
                    format!("{prefix}{SESSION_COOKIE}"),
                    Some(SESSION_COOKIE.to_owned()),
                )
            }
        };
        CookieConfig {
            name,
            old_name,
            max_age: Duration::from_secs(max_age.unwrap_or(DEFAULT_MAX_AGE)),
            domain,
            same_site: same_site.unwrap_or(SameSite::Lax),
            secure,
        }
    }
}

/// Whether a cookie for `domain` is sent to `host`.
fn covers(domain: &str, host: &str) -> bool {
    host == domain || host.ends_with(&format!(".{domain}"))
}

/// What tokens may have as `aud`, with commas between.
fn audiences(value: &str) -> Result<Vec<String>, Complaint> {
    let audiences: Vec<_> = value.split(',').map(str::trim).collect();
    let is_none =
        |audience: &&str| audience.is_empty() || audience.contains(|c: char| !c.is_ascii_graphic());
    if audiences.iter().any(is_none) {
        return complaint(
            "has an audience in it that is empty or has spaces",
            "write what the JWT template sets as aud, such as https://api.example.com, with commas between several",
        );
    }
    Ok(audiences.into_iter().map(str::to_owned).collect())
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const PASSWORD: &str = "mE2pYzVb1nq0R7xkD4sWc9tLhJ3uFgAo";
    const GOOD: [(&str, &str); 4] = [
        ("WORKOS_CLIENT_ID", "client_123"),
        ("WORKOS_API_KEY", "sk_test_123"),
        ("WORKOS_REDIRECT_URI", "http://localhost:3000/callback"),
        ("WORKOS_COOKIE_PASSWORD", PASSWORD),
    ];

    pub(in super::super) fn lookup(changes: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let all = changes.iter().chain(&GOOD);
        let all: Vec<_> = all
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        move |name| {
            let mut all = all.iter();
            let (_, value) = all.find(|(variable, _)| variable == name)?;
            Some(value.clone())
        }
    }

    pub(in super::super) fn read(changes: &[(&str, &str)]) -> Result<Option<Config>, Problems> {
        Config::read(lookup(changes))
    }

    pub(in super::super) fn problem_of(changes: &[(&str, &str)]) -> String {
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
                "http://localhost:3000/sign-in",
                "leads to /sign-in, where this app answers something else",
            ),
            (
                "WORKOS_REDIRECT_URI",
                "http://localhost:3000",
                "leads to /, where",
            ),
            (
                "WORKOS_REDIRECT_URI",
                "http://localhost:3000/callback?a=b",
                "has a query",
            ),
            ("WORKOS_COOKIE_NAME", "a b", "has characters"),
            ("WORKOS_COOKIE_NAME", "__Host-session", "has a prefix"),
            ("WORKOS_COOKIE_MAX_AGE", "-1", "is not a number of seconds"),
            ("WORKOS_COOKIE_DOMAIN", "example.com", "does not cover"),
            ("WORKOS_COOKIE_SAMESITE", "strict", "is strict"),
            (
                "WORKOS_COOKIE_SAMESITE",
                "none",
                "is none, which browsers accept over https only",
            ),
            (
                "WORKOS_API_HOSTNAME",
                "https://api.workos.com",
                "is not a host name",
            ),
            (
                "WORKOS_AUTHKIT_DOMAIN",
                "https://auth.example.com",
                "is not a host name",
            ),
            ("WORKOS_API_HTTPS", "yes", "is neither true nor false"),
            ("WORKOS_API_PORT", "0", "is not a port number"),
            ("WORKOS_REFRESH_BUFFER", "1m", "is not a number of seconds"),
            ("WORKOS_TOKEN_AUDIENCE", "my api", "has an audience in it"),
            ("WORKOS_TOKEN_AUDIENCE", "my-api,", "has an audience in it"),
        ] {
            let found = problem_of(&[(variable, value)]);
            assert!(
                found.starts_with(&format!("{variable} {problem}")),
                "{found}"
            );
        }
    }

    #[test]
    fn a_cookie_that_goes_along_everywhere_needs_a_site_that_shows_the_app() {
        let none = |ancestors| {
            read(&[
                ("WORKOS_REDIRECT_URI", "https://app.example/callback"),
                ("WORKOS_COOKIE_SAMESITE", "none"),
                ("FRAME_ANCESTORS", ancestors),
            ])
        };
        let cookie = none("https://intranet.example").unwrap().unwrap().cookie;
        assert_eq!(cookie.same_site, SameSite::None);
        for ancestors in ["", "no site"] {
            let problems = none(ancestors).unwrap_err().to_string();
            assert!(
                problems.contains("FRAME_ANCESTORS names no site"),
                "{problems}"
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
    fn a_domain_of_ones_own_is_an_issuer_too() {
        let own = read(&[("WORKOS_AUTHKIT_DOMAIN", "auth.example.com")]);
        let issuers = own.unwrap().unwrap().issuers();
        assert!(issuers.contains(&"https://auth.example.com/user_management/client_123".into()));
        assert!(issuers.contains(&"https://api.workos.com/".into()));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = format!("{:?}", read(&[]).unwrap().unwrap());
        assert!(!shown.contains(PASSWORD) && !shown.contains("sk_test_123"));
    }
}
