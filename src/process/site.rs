//! The built site: the folder of files that pages load, and how those files are named.
//!
//! Read with the other settings; the router serves the folder, pages name its files. Must never decide
//! by what an earlier build left behind what the files of this one are called.

use super::settings::{SettingsError, variable};
use leptos::config::{Env, LeptosOptions};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The name of script, WASM and stylesheet, the same for every build: `.cargo/config.toml` says it to
/// cargo, `Cargo.toml` to cargo-leptos.
const OUTPUT_NAME: &str = env!(
    "LEPTOS_OUTPUT_NAME",
    "run cargo in the project's folder: its .cargo/config.toml sets LEPTOS_OUTPUT_NAME"
);
/// The folder of script, WASM and stylesheet, in the site.
const PKG_DIR: &str = "pkg";
/// The list that cargo-leptos leaves beside a program it built with hashed names: `js: <hash>` per line.
const HASH_FILE: &str = "hash.txt";

/// Where the built site is, and how its files are named.
#[derive(Clone, Debug)]
pub struct Site {
    /// `LEPTOS_SITE_ROOT`, `target/site` by default.
    pub root: PathBuf,
    /// `LEPTOS_HASH_FILES`: whether names carry a hash of the content. When absent, they do if the last
    /// build left a list of hashes beside the program, and the files it names in the site.
    pub hash_files: Option<bool>,
    /// `LEPTOS_RELOAD_PORT`: where `cargo leptos watch` tells pages to reload, 3001 by default.
    pub reload_port: u16,
}

impl Site {
    /// The site in this folder. Whether names have a hash is found out by looking.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self {
            root,
            hash_files: None,
            reload_port: 3001,
        }
    }

    /// Reads the variables.
    ///
    /// # Errors
    /// [`SettingsError::Site`] for a value that is none.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        fn parsed<T: std::str::FromStr>(
            variable: impl Fn(&str) -> Option<String>,
            name: &'static str,
            example: &'static str,
        ) -> Result<Option<T>, SettingsError> {
            let Some(value) = variable::value(variable, name)? else {
                return Ok(None);
            };
            match value.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(SettingsError::Site {
                    variable: name,
                    value,
                    example,
                }),
            }
        }
        let site = Self::at(root(&variable)?);
        Ok(Self {
            hash_files: parsed(&variable, "LEPTOS_HASH_FILES", "true or false")?,
            reload_port: parsed(&variable, "LEPTOS_RELOAD_PORT", "a port such as 3001")?
                .unwrap_or(site.reload_port),
            ..site
        })
    }

    /// The options by which Leptos names the site's files in a page.
    pub(super) fn leptos_options(&self, addr: SocketAddr) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(self.root.to_string_lossy().as_ref())
            .site_pkg_dir(PKG_DIR)
            .site_addr(addr)
            .env(Env::DEV)
            .reload_port(u32::from(self.reload_port))
            .hash_files(self.hash_files.unwrap_or_else(|| self.has_hashed_files()))
            .hash_file(Arc::from(HASH_FILE))
            .build()
    }

    fn has_hashed_files(&self) -> bool {
        let beside_program = std::env::current_exe()
            .ok()
            .and_then(|program| std::fs::read_to_string(program.with_file_name(HASH_FILE)).ok());
        beside_program.is_some_and(|list| describes(&list, &self.root.join(PKG_DIR)))
    }
}

/// The folder that `LEPTOS_SITE_ROOT` names.
pub(super) fn root(variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf, SettingsError> {
    let root = variable::path(variable, "LEPTOS_SITE_ROOT")?;
    Ok(root.unwrap_or_else(|| "target/site".to_owned()).into())
}

/// Whether a list of hashes is about the files of this folder. A later build may have left others: with
/// hashed names of its own, or with plain ones, which a build with hashes renames.
fn describes(list: &str, folder: &Path) -> bool {
    let mut names = list
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(extension, hash)| format!("{OUTPUT_NAME}.{}.{}", hash.trim(), extension.trim()))
        .peekable();
    names.peek().is_some()
        && names.all(|name| folder.join(name).is_file())
        && !folder.join(format!("{OUTPUT_NAME}.wasm")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Site, SettingsError> {
        Site::read(|name| {
            let mut set = variables.iter();
            set.find(|(set, _)| *set == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn cargo_and_cargo_leptos_are_told_the_same_name() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let name = &manifest["workspace"]["metadata"]["leptos"][0]["output-name"];
        assert_eq!(name.as_str(), Some(OUTPUT_NAME));
    }

    #[test]
    fn a_list_of_an_older_build_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let leave = |name: &str| {
            std::fs::write(folder.path().join(format!("{OUTPUT_NAME}.{name}")), "").unwrap();
        };
        let list = "js: aa\nwasm: bb\ncss: cc\n";
        assert!(!describes(list, folder.path()));
        assert!(!describes("", folder.path()));
        for name in ["aa.js", "bb.wasm", "cc.css"] {
            leave(name);
        }
        assert!(describes(list, folder.path()));
        assert!(!describes("js: aa\nwasm: b0\ncss: cc\n", folder.path()));
        leave("wasm");
        assert!(!describes(list, folder.path()));
    }

    #[test]
    fn what_the_variable_says_wins_over_a_list_of_hashes() {
        let site = read(&[("LEPTOS_HASH_FILES", "false")]).unwrap();
        assert_eq!(site.hash_files, Some(false));
        let site = read(&[("LEPTOS_HASH_FILES", "true")]).unwrap();
        let options = site.leptos_options(([127, 0, 0, 1], 3000).into());
        assert!(options.hash_files);
        assert_eq!(read(&[]).unwrap().hash_files, None);
    }

    #[test]
    fn a_wrong_value_is_named() {
        for name in ["LEPTOS_HASH_FILES", "LEPTOS_RELOAD_PORT"] {
            let error = read(&[(name, "perhaps")]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("perhaps"), "{error}");
        }
    }
}
