//! The built site: the folder of files that pages load, and how those files are named.
//!
//! Read with the other settings; [`with_files`](crate::with_files) serves the folder, pages name its files. Must never decide
//! by what an earlier build left behind what the files of this one are called.

use crate::settings::{SettingError, variable};
use std::path::{Path, PathBuf};

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
    /// [`SettingError::Site`] for a value that is none.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        fn parsed<T: std::str::FromStr>(
            variable: impl Fn(&str) -> Option<String>,
            name: &'static str,
            example: &'static str,
        ) -> Result<Option<T>, SettingError> {
            let Some(value) = variable::value(variable, name)? else {
                return Ok(None);
            };
            match value.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(SettingError::Site {
                    variable: name,
                    value,
                    example,
                }),
            }
        }
        let site = Self::at(Self::root_of(&variable)?);
        Ok(Self {
            hash_files: parsed(&variable, "LEPTOS_HASH_FILES", "true or false")?,
            reload_port: parsed(&variable, "LEPTOS_RELOAD_PORT", "a port such as 3001")?
                .unwrap_or(site.reload_port),
            ..site
        })
    }

    /// The folder that `LEPTOS_SITE_ROOT` names.
    ///
    /// # Errors
    /// [`SettingError::Quoted`].
    pub fn root_of(variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf, SettingError> {
        let root = variable::path(variable, "LEPTOS_SITE_ROOT")?;
        Ok(root.unwrap_or_else(|| "target/site".to_owned()).into())
    }

    /// The folder of script, WASM and stylesheet, in the site.
    pub const PKG_DIR: &str = "pkg";
    /// The list that cargo-leptos leaves beside a program it built with hashed names: `js: <hash>` per line.
    pub const HASH_FILE: &str = "hash.txt";

    /// Whether names carry a hash: what the variable says, or what the last build did. `output` is what the files are
    /// called otherwise: `output.js`, `output.wasm`, `output.css`.
    #[must_use]
    pub fn has_hashed_names(&self, output: &str) -> bool {
        self.hash_files
            .unwrap_or_else(|| self.has_hashed_files(output))
    }

    fn has_hashed_files(&self, output: &str) -> bool {
        let beside_program = std::env::current_exe().ok().and_then(|program| {
            std::fs::read_to_string(program.with_file_name(Self::HASH_FILE)).ok()
        });
        let folder = self.root.join(Self::PKG_DIR);
        beside_program.is_some_and(|list| describes(&list, output, &folder))
    }
}

/// Whether a list of hashes is about the files of this folder. A later build may have left others: with
/// hashed names of its own, or with plain ones, which a build with hashes renames.
fn describes(list: &str, output: &str, folder: &Path) -> bool {
    let mut names = list
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(of, hash)| {
            let hash = hash.trim();
            match of.trim() {
                "split" => format!("__wasm_split.{hash}.js"),
                "manifest" => format!("__wasm_split_manifest.{hash}.json"),
                extension => format!("{output}.{hash}.{extension}"),
            }
        })
        .peekable();
    names.peek().is_some()
        && names.all(|name| folder.join(name).is_file())
        && !folder.join(format!("{output}.wasm")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Site, SettingError> {
        Site::read(|name| {
            let mut set = variables.iter();
            set.find(|(set, _)| *set == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_list_of_an_older_build_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let leave = |name: &str| {
            std::fs::write(folder.path().join(format!("app.{name}")), "").unwrap();
        };
        let list = "js: aa\nwasm: bb\ncss: cc\n";
        assert!(!describes(list, "app", folder.path()));
        assert!(!describes("", "app", folder.path()));
        for name in ["aa.js", "bb.wasm", "cc.css"] {
            leave(name);
        }
        assert!(describes(list, "app", folder.path()));
        assert!(!describes(
            "js: aa\nwasm: b0\ncss: cc\n",
            "app",
            folder.path()
        ));
        let split = "js: aa\nwasm: bb\ncss: cc\nmanifest: dd\nsplit: ee\n";
        assert!(!describes(split, "app", folder.path()));
        for name in ["__wasm_split_manifest.dd.json", "__wasm_split.ee.js"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(describes(split, "app", folder.path()));
        leave("wasm");
        assert!(!describes(list, "app", folder.path()));
    }

    #[test]
    fn what_the_variable_says_wins_over_a_list_of_hashes() {
        let site = read(&[("LEPTOS_HASH_FILES", "false")]).unwrap();
        assert_eq!(site.hash_files, Some(false));
        let site = read(&[("LEPTOS_HASH_FILES", "true")]).unwrap();
        assert!(site.has_hashed_names("app"));
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
