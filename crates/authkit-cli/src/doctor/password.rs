//! How hard the cookie password is to guess, as far as the configuration can tell.
//!
//! Never shows any part of the password.

use super::{
    check::{Check, Name},
    environment::Reading,
    variables,
};

/// Whether the cookie password is long and hard to guess.
pub fn check(reading: &Reading) -> Vec<Check> {
    let name = Name::CookiePassword;
    let variables = ["WORKOS_COOKIE_PASSWORD", "WORKOS_COOKIE_PASSWORD_PREVIOUS"].into_iter();
    let set = variables.filter(|variable| reading.is_set(variable));
    let problems = set.filter_map(|variable| reading.problem(variable));
    let checks: Vec<_> = problems
        .map(|problem| variables::of(reading, name, problem))
        .collect();
    match (checks.is_empty(), reading.is_set("WORKOS_COOKIE_PASSWORD")) {
        (false, _) => checks,
        (true, true) => vec![name.good(
            "32 characters or more, no known example and no simple pattern; whether it is random can't be seen",
        )],
        (true, false) => vec![name.skipped("needs WORKOS_COOKIE_PASSWORD")],
    }
}
