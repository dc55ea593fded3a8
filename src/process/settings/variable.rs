//! One variable of the server, apart from WorkOS's own: set or not, in quotes or not.
//!
//! Called by all that read settings, the doctor included, so that it refuses what the server does.

use super::SettingsError;
use authkit_leptos::server::config::is_quoted;

/// The value, without the white space around it; set to nothing is not set.
///
/// # Errors
/// [`SettingsError::Quoted`].
pub fn value(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<String>, SettingsError> {
    let path = path(variable, name)?;
    Ok(path.map(|value| value.trim().to_owned()))
}

/// The same for the name of a file or folder, to which white space may belong.
///
/// # Errors
/// [`SettingsError::Quoted`].
pub fn path(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<String>, SettingsError> {
    match variable(name).filter(|value| !value.trim().is_empty()) {
        Some(value) if is_quoted(&value) => Err(SettingsError::Quoted { variable: name }),
        value => Ok(value),
    }
}
