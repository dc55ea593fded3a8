//! How the session cookie is set, and whether browsers will send it back.
//!
//! What can't work is refused by the configuration already; here it gets its line in the report.

use super::{
    check::{Check, Name},
    environment::Reading,
    variables,
};
use cookie::SameSite;

/// Name and flags.
pub fn flags(reading: &Reading) -> Check {
    let name = Name::Cookie;
    match (reading.redirect_uri(), &reading.config) {
        (Some(_), Some(config)) => {
            let secure = match config.cookie.secure {
                true => "Secure, as the redirect URI is https",
                false => "not Secure, as the redirect URI is http",
            };
            name.good(format!("{}: HttpOnly, {secure}", config.cookie.name))
        }
        _ => name.skipped("needs WORKOS_REDIRECT_URI"),
    }
}

/// Whether it is sent to the host that people come back to.
pub fn domain(reading: &Reading) -> Check {
    let name = Name::CookieDomain;
    if let Some(problem) = reading.problem("WORKOS_COOKIE_DOMAIN") {
        return variables::of(reading, name, problem);
    }
    match &reading.config {
        None => name.skipped("needs the WORKOS variables"),
        Some(config) => match &config.cookie.domain {
            Some(domain) => name.good(format!(
                "{domain} and every host below it get the cookie, and can set one of the same name"
            )),
            None if config.cookie.name.starts_with("__Host-") => {
                name.good("only the app's own host gets the cookie, and no other can set it")
            }
            None => name.good(
                "only the app's own host gets the cookie; hosts beside it, below the same domain, can set one \
                 of the same name",
            ),
        },
    }
}

/// Whether it comes along when AuthKit sends people back, and no further than it should.
pub fn same_site(reading: &Reading) -> Check {
    let name = Name::SameSite;
    if let Some(problem) = reading.problem("WORKOS_COOKIE_SAMESITE") {
        return variables::of(reading, name, problem);
    }
    match &reading.config {
        None => name.skipped("needs the WORKOS variables"),
        Some(config) => match (&config.cookie.same_site, &reading.frame_ancestors) {
            (SameSite::None, _) => name.good(
                "none: the cookie comes along in the frames of FRAME_ANCESTORS, and with every other site's requests",
            ),
            (_, Ok(ancestors)) if ancestors.is_any() => name.good(
                "lax: the cookie comes along when AuthKit sends people back, and in frames of the app's own site; in \
                 those of another site of FRAME_ANCESTORS people look signed out, unless it is none",
            ),
            _ => name.good("lax: the cookie comes along when AuthKit sends people back"),
        },
    }
}
