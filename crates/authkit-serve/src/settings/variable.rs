//! One variable: set or not, in quotes or not.
//!
//! Called by everything that reads settings, servers and commands, so that they refuse the same values.

use super::error::SettingError;
use authkit_local::is_quoted;

/// The value, without the white space around it; set to nothing is not set.
///
/// # Errors
/// [`SettingError::Quoted`].
pub fn value(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<String>, SettingError> {
    let path = path(variable, name)?;
    Ok(path.map(|value| value.trim().to_owned()))
}

/// The same for the name of a file or folder, to which white space may belong.
///
/// # Errors
/// [`SettingError::Quoted`].
pub fn path(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<String>, SettingError> {
    match variable(name).filter(|value| !value.trim().is_empty()) {
        Some(value) if is_quoted(&value) => Err(SettingError::Quoted { variable: name }),
        value => Ok(value),
    }
}
