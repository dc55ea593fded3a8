//! Passwords: the rule, the hash (Argon2id) and the check. Callers: sign-in, sign-up and control.
//! Hashing takes tens of milliseconds of computing and must never run on an async thread.

use std::sync::OnceLock;

/// The shortest password that is accepted, in characters.
pub const MIN_CHARACTERS: usize = 10;

/// The rule, as shown beside the field.
pub const RULE: &str = "At least 10 characters, and not your email address.";

/// Whether a password follows the [`RULE`].
pub fn is_strong(password: &str, email: &str) -> bool {
    password.chars().count() >= MIN_CHARACTERS
        && password.trim().to_lowercase() != email.trim().to_lowercase()
}

/// Argon2id with the parameters that RFC 9106 §4 and OWASP agree on, in PHC form. Slow on purpose.
pub fn hash(password: &str) -> String {
    password_auth::generate_hash(password)
}

/// Checks off the async threads. With no hash to check (no such user) it works just as long, so that
/// the time taken doesn't tell whether an address is known.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let checked = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| decoy().to_owned());
        password_auth::verify_password(password, &hash).is_ok() && known
    });
    checked.await.unwrap_or(false)
}

fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hash("nobody's password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_counts_characters_and_knows_the_address() {
        assert!(!is_strong("ninechars", "a@example.com"));
        assert!(is_strong("tencharact", "a@example.com"));
        assert!(is_strong("éééééééééé", "a@example.com"));
        assert!(!is_strong("Someone@Example.com", "someone@example.com"));
    }
}
