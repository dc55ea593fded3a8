//! The seed: what an emulator begins with, as written in `emulator.toml`. Parsed and checked here, once, at the start;
//! `state::store::seeding` puts it into a state. Without a file of the app's own, the one of this crate is read.
//! A key that nothing reads is refused: a typing error would otherwise grant or withhold a right in silence.

mod check;
pub mod content;
pub mod error;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use content::{Content, SeededUser};
use error::{SeedError, SeedFault};

use crate::state::{password, random};

/// The password of every seeded user.
pub const SEEDED_PASSWORD: &str = "correct-horse-battery";

/// Email addresses of the users that an emulator has by default: an admin of Acme who is also a member of Globex, a member
/// of Acme, and a user without organization.
pub const SEEDED_USERS: [&str; 3] = ["ada@example.com", "grace@example.com", "alan@example.com"];

/// The seed of an emulator without a file of the app's own.
const DEFAULT: &str = include_str!("../../../emulator.toml");

/// Longest file, in bytes.
const MAX_LENGTH: u64 = 256 * 1024;

/// Hash of the seeded password, computed once per process: the password is public, so a shared salt reveals nothing.
/// The first call is slow; the store makes it.
pub fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| password::hash(SEEDED_PASSWORD))
}

/// A seed without contradictions.
#[derive(Debug, Clone)]
pub struct Seed {
    pub content: Content,
    /// Fingerprint of the text: an edited file is applied again.
    pub fingerprint: String,
}

impl Seed {
    /// The seed in this file, or the default one. Reads a file: call it off the async threads.
    pub fn read(file: Option<&Path>) -> Result<Seed, SeedError> {
        let Some(path) = file else {
            return Seed::parse(DEFAULT).map_err(|fault| fault.in_file(Path::new("emulator.toml")));
        };
        let unreadable = |source| SeedError::Unreadable {
            file: path.to_owned(),
            source,
        };
        let mut text = String::new();
        let file = File::open(path).map_err(unreadable)?;
        let mut limited = file.take(MAX_LENGTH + 1);
        limited.read_to_string(&mut text).map_err(unreadable)?;
        if limited.limit() == 0 {
            return Err(SeedFault::TooLong { most: MAX_LENGTH }.in_file(path));
        }
        Seed::parse(&text).map_err(|fault| fault.in_file(path))
    }

    /// The seed in this text.
    fn parse(text: &str) -> Result<Seed, SeedFault> {
        let content: Content = toml::from_str(text)?;
        check::check(text, &content)?;
        Ok(Seed {
            content,
            fingerprint: random::fingerprint(text),
        })
    }

    /// Email addresses of its users, in their stored form.
    pub fn emails(&self) -> Vec<String> {
        let users = self.content.users.iter();
        users.map(SeededUser::email).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_of_this_crate_has_the_users_that_it_is_said_to_have() {
        let seed = Seed::read(None).unwrap();
        assert_eq!(seed.emails(), SEEDED_USERS);
    }
}
