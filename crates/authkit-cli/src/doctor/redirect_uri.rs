//! The redirect URI against this server and against the world: does it lead here, and safely.
//!
//! Whether WorkOS knows it is asked by `workos`.

use super::{
    check::{Check, Name},
    environment::Reading,
    variables,
};
use authkit_local::is_this_machine;

/// https, unless it stays on this machine.
pub fn scheme(reading: &Reading) -> Check {
    let name = Name::RedirectUriScheme;
    let Some(uri) = reading.redirect_uri() else {
        return name.skipped("needs WORKOS_REDIRECT_URI");
    };
    match (reading.problem("WORKOS_REDIRECT_URI"), uri.scheme()) {
        (Some(problem), _) => variables::of(reading, name, problem),
        (None, "https") => name.good("https"),
        (None, _) => name.good("http, on this machine"),
    }
}

/// The port that the server listens on, where the redirect URI is this machine's.
pub fn address(reading: &Reading) -> Check {
    let name = Name::RedirectUriAddress;
    let Some(uri) = reading.redirect_uri() else {
        return name.skipped("needs WORKOS_REDIRECT_URI");
    };
    if !is_this_machine(uri.host()) {
        // Who means the app to be below a path, which it can't be, is told where it is.
        let origin = uri.origin().ascii_serialization();
        return name.good(format!(
            "{uri} is not this machine's; whether it leads to this server can't be seen from here. The app's pages are \
             right below {origin}/"
        ));
    }
    if reading.production {
        return name.warning(
            format!(
                "{uri} is an address of this machine, and LEPTOS_ENV says that this is production"
            ),
            "write the public address that people open the app at, here and at WorkOS",
        );
    }
    let Ok(addr) = reading.addr else {
        return name.skipped("needs LEPTOS_SITE_ADDR");
    };
    let (there, here) = (uri.port_or_known_default().unwrap_or_default(), addr.port());
    // A proxy on this machine that ends TLS listens where it likes.
    if uri.scheme() == "https" || here == 0 || there == here {
        return name.good(uri.to_string());
    }
    name.bad(
        format!("WORKOS_REDIRECT_URI leads to port {there}, and the server listens on {here}"),
        format!(
            "set LEPTOS_SITE_ADDR={}, or write port {here} in WORKOS_REDIRECT_URI and at WorkOS",
            std::net::SocketAddr::new(addr.ip(), there)
        ),
    )
}
