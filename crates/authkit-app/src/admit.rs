//! Who may sign in: everybody, or with `SIGN_IN_ALLOWED_DOMAINS` only users whose verified address is of such a domain.

use authkit_leptos::server::{Admit, Refusal, SignIn};

/// What becomes of a sign-in where only these domains may.
pub fn admit(it: &SignIn, domains: &[String]) -> Admit {
    let address = it.user.email.rsplit_once('@');
    let is_of = |domain: &String| address.is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    if it.user.email_verified && domains.iter().any(is_of) {
        return Admit::Yes;
    }
    Admit::No(Refusal {
        code: "not_invited",
        sentence: format!(
            "{} is not among those who may use this app. Ask the people who run it.",
            it.user.email
        ),
    })
}
