//! Passwords: the rule, the hash (Argon2id) and the check. Callers: sign-in, sign-up, the users API and control.
//! Hashing takes tens of milliseconds of CPU and must never run on an async thread.

use std::sync::OnceLock;

/// Minimum length of a password, in characters.
pub const MIN_CHARACTERS: usize = 10;

/// The rule, as shown next to the form field.
pub const RULE: &str = "At least 10 characters, and not your email address.";

/// Whether a password follows the [`RULE`].
pub fn is_strong(password: &str, email: &str) -> bool {
    password.chars().count() >= MIN_CHARACTERS
        && password.trim().to_lowercase() != email.trim().to_lowercase()
}

/// Argon2id with the parameters that RFC 9106 §4 and OWASP recommend, in PHC form. Slow by design.
pub fn hash(password: &str) -> String {
    password_auth::generate_hash(password)
}

/// Checks a password off the async threads. Without a hash (unknown user) it checks a decoy, so that the time taken
/// does not reveal whether an address is known.
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
