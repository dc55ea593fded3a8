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
        return variables::of(name, problem);
    }
    match &reading.config {
        None => name.skipped("needs the WORKOS variables"),
        Some(config) => match &config.cookie.domain {
            Some(domain) => name.good(format!("{domain} and every host below it get the cookie")),
            None => name.good("only the app's own host gets the cookie"),
        },
    }
}

/// Whether it comes along when AuthKit sends people back, and no further than it should.
pub fn same_site(reading: &Reading) -> Check {
    let name = Name::SameSite;
    if let Some(problem) = reading.problem("WORKOS_COOKIE_SAMESITE") {
        return variables::of(name, problem);
    }
    match &reading.config {
        None => name.skipped("needs the WORKOS variables"),
        Some(config) if config.cookie.same_site == SameSite::None => name.warning(
            "WORKOS_COOKIE_SAMESITE is none: every site's requests to this app carry the session, \
             and browsers that block third-party cookies drop it inside other sites all the same",
            "leave it out, unless the app is shown in frames of other sites",
        ),
        Some(_) => name.good("lax: the cookie comes along when AuthKit sends people back"),
    }
}
