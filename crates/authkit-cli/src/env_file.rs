//! The file `.env`.
//!
//! Called by a program before anything else reads a variable. `doctor` checks what reading has made of its values.

/// Reads `.env` of this folder or the nearest above it, if there is one. Variables of the environment win over those of
/// the file.
///
/// # Errors
/// A sentence, when the file can't be read. A line that can't be read ends the reading, so it is an error: the lines
/// after it would be missing.
pub fn read_env_file() -> Result<(), &'static str> {
    match dotenvy::dotenv() {
        Err(dotenvy::Error::LineParse(..)) => {
            Err("a line of .env can't be read: quote values that have spaces, and write NAME=value")
        }
        Err(error) if !error.not_found() => Err(".env can't be read"),
        _ => Ok(()),
    }
}
