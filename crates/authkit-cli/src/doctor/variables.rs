//! The variables themselves: set, readable, and of names that are read.
//!
//! Every problem is a line of its own. A value is never shown, unless it is an address.

use super::{
    check::{Check, Name},
    environment::Reading,
};
use authkit_leptos::server::{
    Config,
    config::{Problem, Severity},
};

/// Names that other SDKs and people's fingers use, and what they are called here.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "WORKOS_REDIRECT_URI"),
    ("NEXT_PUBLIC_WORKOS_CLIENT_ID", "WORKOS_CLIENT_ID"),
    ("VITE_WORKOS_CLIENT_ID", "WORKOS_CLIENT_ID"),
    ("VITE_WORKOS_REDIRECT_URI", "WORKOS_REDIRECT_URI"),
    ("WORKOS_REDIRECT_URL", "WORKOS_REDIRECT_URI"),
    ("WORKOS_CLIENT_SECRET", "WORKOS_API_KEY"),
    ("WORKOS_SECRET_KEY", "WORKOS_API_KEY"),
    ("WORKOS_COOKIE_SECRET", "WORKOS_COOKIE_PASSWORD"),
    ("WORKOS_COOKIE_SAME_SITE", "WORKOS_COOKIE_SAMESITE"),
    ("WORKOS_COOKIE_MAXAGE", "WORKOS_COOKIE_MAX_AGE"),
    ("WORKOS_API_HOST", "WORKOS_API_HOSTNAME"),
    ("WORKOS_BASE_URL", "WORKOS_API_HOSTNAME"),
];
/// How many letters may be wrong in a name that was meant.
const FEW_LETTERS: usize = 2;

/// Whether everything is set and readable: one line, or one per problem that no other check reports. `own` has the
/// problems of the app's own variables.
pub fn readable(reading: &Reading, own: Vec<Check>) -> Vec<Check> {
    let mut checks: Vec<Check> = reading
        .problems
        .iter()
        .filter(|problem| !is_told_elsewhere(reading, problem))
        .map(|problem| of(reading, Name::Variables, problem))
        .collect();
    let nothing_set = reading.nothing_set();
    let settings = [
        reading.env.as_ref().err(),
        reading.addr.as_ref().err(),
        reading.bearer_tokens.as_ref().err(),
        reading.frame_ancestors.as_ref().err(),
    ];
    checks.extend(settings.into_iter().flatten().map(|error| {
        let variable = error.variable().unwrap_or_default();
        Check::of_variable(variable, error)
    }));
    checks.extend(own);
    if nothing_set && !reading.uses_emulator() {
        let missing = Config::nothing_set();
        checks.extend(missing.0.iter().map(|it| of(reading, Name::Variables, it)));
    }
    if checks.is_empty() {
        let found = match nothing_set {
            true => "no WORKOS variable is set: development uses the AuthKit of this machine",
            false => "the four that must be set are, and all can be read",
        };
        checks.push(Name::Variables.good(found));
    }
    checks
}

/// Whether WorkOS can tell of users and sessions that change there.
pub fn webhook(reading: &Reading) -> Check {
    let name = Name::Webhook;
    match &reading.config {
        None => name.skipped("needs the WORKOS variables"),
        Some(config) if config.webhook_secret.is_some() => {
            name.good("its secret is set; whether WorkOS sends anything here can't be seen from here")
        }
        Some(config) if config.cookie.secure => name.warning(
            "WORKOS_WEBHOOK_SECRET is not set: users that change and sessions that end at WorkOS are noticed \
             late",
            "add a webhook in the WorkOS dashboard, as docs/users.md says, and set its secret",
        ),
        Some(_) => name.good("not set up: WorkOS could not reach this machine"),
    }
}

/// A check that tells of a problem of the configuration, as the start of the server does.
pub fn of(reading: &Reading, name: Name, problem: &Problem) -> Check {
    let (told, remedy) = (problem.to_string(), problem.remedy.clone());
    let check = match problem.severity {
        Severity::Unsafe if !reading.production => name.warning(
            format!("{told}; in production the server does not start like this"),
            remedy,
        ),
        _ => name.bad(told, remedy),
    };
    check.about(problem.variable)
}

/// What is wrong with a value that has a check of its own.
fn is_told_elsewhere(reading: &Reading, problem: &Problem) -> bool {
    match problem.variable {
        "WORKOS_COOKIE_DOMAIN" | "WORKOS_COOKIE_SAMESITE" => true,
        "WORKOS_REDIRECT_URI" => problem.severity == Severity::Unsafe,
        "WORKOS_COOKIE_PASSWORD" | "WORKOS_COOKIE_PASSWORD_PREVIOUS" => {
            reading.is_set(problem.variable)
        }
        _ => false,
    }
}

/// Variables that look as if they were meant and are not read.
pub fn names(reading: &Reading) -> Vec<Check> {
    let mut checks = Vec::new();
    for name in reading.environment.names() {
        let Some(right) = meant(name) else {
            continue;
        };
        let fix = match reading.is_set(right) {
            true => format!("remove it; {right} is set"),
            false => format!("call it {right}"),
        };
        let check = Name::VariableNames.warning(format!("{name} is set, which nobody reads"), fix);
        checks.push(check.about(name));
    }
    if checks.is_empty() {
        checks.push(Name::VariableNames.good("none that looks like a mistake"));
    }
    checks
}

/// What a name that is not read was meant to be.
fn meant(name: &str) -> Option<&'static str> {
    if let Some((_, right)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
        return Some(right);
    }
    if !name.to_ascii_uppercase().starts_with("WORKOS") || Config::variables().any(|it| it == name)
    {
        return None;
    }
    let distances = Config::variables().map(|right| (distance(name, right), right));
    let (nearest, right) = distances.min()?;
    (nearest <= FEW_LETTERS || name.eq_ignore_ascii_case(right)).then_some(right)
}

/// How many letters to insert, remove or exchange to get from one to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, b) in to.bytes().enumerate() {
            let exchanged = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

/// Whether the API key is for the kind of environment that the app runs in.
pub fn api_key_kind(reading: &Reading) -> Check {
    let name = Name::ApiKeyKind;
    let Some(key) = reading.environment.get("WORKOS_API_KEY") else {
        return name.skipped("needs WORKOS_API_KEY");
    };
    let is_test = key.trim().starts_with("sk_test_");
    match (is_test, reading.production) {
        (true, true) => name.warning(
            "WORKOS_API_KEY is a test key, and LEPTOS_ENV says that this is production",
            "take key and client id of the production environment from the WorkOS dashboard",
        ),
        (true, false) => name.good("a test key, for development"),
        (false, true) => name.good("not a test key, for production"),
        (false, false) => name.good("not a test key: what is done here is done in production"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_known_and_another_is_left_alone() {
        for (name, right) in [
            ("WORKOS_COOKIE_PASWORD", Some("WORKOS_COOKIE_PASSWORD")),
            ("WORKOS_APIKEY", Some("WORKOS_API_KEY")),
            ("workos_client_id", Some("WORKOS_CLIENT_ID")),
            (
                "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
                Some("WORKOS_REDIRECT_URI"),
            ),
            ("WORKOS_API_KEY", None),
            ("WORKOS_TEAM", None),
            ("PATH", None),
        ] {
            assert_eq!(meant(name), right, "{name}");
        }
    }
}
