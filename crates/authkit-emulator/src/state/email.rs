//! What an email address is. Callers: everything that takes one from outside. Looks at the form only.

use email_address::{EmailAddress, Options};

/// Options for a bare address at a domain that can receive mail.
fn plain_address() -> Options {
    Options::default()
        .with_required_tld()
        .without_domain_literal()
        .without_display_text()
}

/// Whether `email` is a valid email address.
pub fn is_address(email: &str) -> bool {
    EmailAddress::parse_with_options(email.trim(), plain_address()).is_ok()
}
