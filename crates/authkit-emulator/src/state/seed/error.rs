//! What is wrong with an `emulator.toml`, with the line. Callers: the parts of `seed`; the start shows it.

use std::io;
use std::path::{Path, PathBuf};

use crate::state::jwt_template::TemplateError;

/// Why an `emulator.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file can be read and says something that cannot be.
    #[error("{}: {fault}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        fault: SeedFault,
    },
}

/// What is wrong in an `emulator.toml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedFault {
    /// Longer than any file of development users.
    #[error("longer than {most} bytes")]
    TooLong {
        /// The most that is read.
        most: u64,
    },
    /// Not TOML, a key that does not exist, or a value of another type; the parser's words name the line.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Two entries have the same name.
    #[error("line {line}: the {what} {name:?} is there twice")]
    Twice {
        /// The line of the second one.
        line: usize,
        /// What kind of entry it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// An entry refers to another that is not in the file.
    #[error("line {line}: there is no [[{table}]] for {name:?}")]
    Unknown {
        /// The line.
        line: usize,
        /// The table that should have it.
        table: &'static str,
        /// The name.
        name: String,
    },
    /// Not an email address.
    #[error("line {line}: {text:?} is no email address")]
    Email {
        /// The line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// Not a slug.
    #[error(
        "line {line}: {text:?} is no slug: lower-case letters, digits and any of - _ : . only, at most 64"
    )]
    Slug {
        /// The line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A JWT template that can't be rendered.
    #[error("line {line}: {error}")]
    Template {
        /// The line.
        line: usize,
        /// Why.
        error: TemplateError,
    },
    /// An organization without a name.
    #[error("line {line}: the name is empty")]
    Nameless {
        /// The line.
        line: usize,
    },
}

impl SeedFault {
    /// The fault with the file that has it.
    pub fn in_file(self, file: &Path) -> SeedError {
        SeedError::Wrong {
            file: file.to_owned(),
            fault: self,
        }
    }
}
