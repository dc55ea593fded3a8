//! [`seed_file`]: which `emulator.toml` an app has. Callers: the program, [`for_app`](crate::for_app()), and apps with
//! settings of their own. Looks whether a file is there, and reads none.

use std::{env, path::PathBuf};

/// Name of the file, beside the app's `Cargo.toml`.
const NAME: &str = "emulator.toml";

/// The file that the app's emulator begins with: the one that `EMULATOR_SEED` names, which is given here, or
/// `emulator.toml` beside the app's `Cargo.toml`, if it is there. Outside of `cargo run` that is the folder that the app is
/// started in.
///
/// ```
/// let named = authkit_emulator::seed_file(Some("tests/emulator.toml".into()));
/// assert_eq!(named, Some("tests/emulator.toml".into()));
/// ```
#[must_use]
pub fn seed_file(named: Option<PathBuf>) -> Option<PathBuf> {
    let beside = || {
        let folder = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
        Some(PathBuf::from(folder).join(NAME)).filter(|file| file.exists())
    };
    // An empty variable counts as not set.
    named
        .filter(|it| !it.as_os_str().is_empty())
        .or_else(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_comes_before_what_is_beside() {
        let named = PathBuf::from("elsewhere.toml");
        assert_eq!(seed_file(Some(named.clone())), Some(named));
        // Cargo runs this test beside the file of this crate.
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(NAME);
        assert_eq!(seed_file(None), Some(beside.clone()));
        assert_eq!(seed_file(Some(PathBuf::new())), Some(beside));
    }
}
