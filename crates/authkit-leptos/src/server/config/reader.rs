//! Reads one variable after the other and collects what is wrong, so that all of it is reported at once.
//!
//! Called by `variables`. Quotes around a value are refused here, for every variable.

use super::{
    problem::{Complaint, Problem, Severity, complaint},
    value::ApiBase,
};
use authkit_local::is_quoted;
use url::Host;

/// How to put a value in quotes right.
const UNQUOTE: &str = "write it without quotes: only shells and .env files take them off, `docker --env-file` does not";

/// Collects the problems, so that all are reported at once.
pub(super) struct Reader<'v> {
    /// The value of a variable that is set, without the white space around it.
    pub(super) set: &'v dyn Fn(&str) -> Option<String>,
    /// What was found so far.
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn problem(
        &mut self,
        variable: &'static str,
        severity: Severity,
        (problem, remedy): Complaint,
    ) {
        self.problems.push(Problem {
            variable,
            severity,
            problem,
            remedy,
        });
    }

    /// Keeps what is not safe about a value that works.
    pub(super) fn risk(&mut self, variable: &'static str, risk: Option<Complaint>) {
        if let Some(complaint) = risk {
            self.problem(variable, Severity::Unsafe, complaint);
        }
    }

    /// Whether no problem is in the way of a start in development.
    pub(super) fn can_work(&self) -> bool {
        let mut problems = self.problems.iter();
        problems.all(|problem| problem.severity == Severity::Unsafe)
    }

    /// The parsed value; `None` when the variable isn't set or has been complained about.
    pub(super) fn parse<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let value = (self.set)(variable)?;
        let parsed = match is_quoted(&value) {
            true => complaint("is in quotes, and they are part of its value", UNQUOTE),
            false => parse(&value),
        };
        match parsed {
            Ok(value) => Some(value),
            Err(complaint) => {
                self.problem(variable, Severity::Unusable, complaint);
                None
            }
        }
    }

    pub(super) fn api(&mut self) -> ApiBase {
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
        // What the host would have been is not known if it can't be read.
        let host_is_known = hostname.is_some() || (self.set)("WORKOS_API_HOSTNAME").is_none();
        let api = ApiBase::new(hostname, https, port);
        self.risk("WORKOS_API_HTTPS", api.risk().filter(|_| host_is_known));
        api
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Config,
            variables::tests::{lookup, problem_of, read},
        },
        *,
    };

    #[test]
    fn what_works_and_is_not_safe_is_an_error_and_in_development_a_warning() {
        let https = ("WORKOS_REDIRECT_URI", "https://app.example/callback");
        let sample = "complex_password_at_least_32_characters_long";
        for (changes, variable) in [
            (
                vec![("WORKOS_COOKIE_PASSWORD", sample)],
                "WORKOS_COOKIE_PASSWORD",
            ),
            (
                vec![("WORKOS_COOKIE_PASSWORD_PREVIOUS", sample)],
                "WORKOS_COOKIE_PASSWORD_PREVIOUS",
            ),
            (
                vec![("WORKOS_REDIRECT_URI", "http://app.example/callback")],
                "WORKOS_REDIRECT_URI",
            ),
            (vec![("WORKOS_API_HTTPS", "false")], "WORKOS_API_HTTPS"),
            (
                vec![
                    ("WORKOS_API_HTTPS", "false"),
                    ("WORKOS_API_HOSTNAME", "10.0.0.7"),
                ],
                "WORKOS_API_HTTPS",
            ),
            (
                vec![https, ("WORKOS_COOKIE_SAMESITE", "none")],
                "WORKOS_COOKIE_SAMESITE",
            ),
        ] {
            let told = problem_of(&changes);
            assert!(told.starts_with(&format!("{variable} ")), "{told}");
            assert!(!told.contains(sample), "{told}");
            let (_, warnings) = Config::read_for_development(lookup(&changes))
                .unwrap()
                .unwrap();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert_eq!(warnings[0].variable, variable);
            assert_eq!(warnings[0].severity, Severity::Unsafe);
        }
    }

    #[test]
    fn http_is_safe_on_this_machine() {
        for host in ["localhost", "127.0.0.1", "[::1]", "api.localhost"] {
            let redirect_uri = format!("http://{host}:3000/callback");
            let read = read(&[
                ("WORKOS_REDIRECT_URI", &redirect_uri),
                ("WORKOS_API_HOSTNAME", host),
                ("WORKOS_API_HTTPS", "false"),
            ]);
            assert!(read.is_ok(), "{host}: {read:?}");
        }
    }

    #[test]
    fn a_value_in_quotes_is_refused_and_not_shown() {
        for variable in Config::variables() {
            for value in ["\"sk_test_hunter2\"", "'sk_test_hunter2'"] {
                let problems =
                    Config::read_for_development(lookup(&[(variable, value)])).unwrap_err();
                assert_eq!(problems.0.len(), 1, "{problems}");
                let told = problems.to_string();
                assert!(told.contains(&format!("{variable} is in quotes")), "{told}");
                assert!(!told.contains("hunter2"), "{told}");
            }
        }
    }
}
