//! The variables of a server, whatever it serves: where it listens, its limits, its files.
//!
//! Called by an app's settings and by commands that check them, so that both accept the same values. A function takes a
//! look-up of variables by name; a variable set to nothing is not set. Must never show a value that may be secret.

mod count;
mod error;
mod listen;
mod log;
mod public_url;
pub mod variable;

pub use count::{count, seconds};
pub use error::SettingError;
pub use listen::{address, address_if_set, listen};
pub use log::{LogFormat, log_filter};
pub use public_url::PublicUrl;

/// Whether `LEPTOS_ENV` says production; `default` if it is not set.
///
/// # Errors
/// [`SettingError::Environment`] for another word.
///
/// ```
/// use authkit_serve::settings::is_production;
///
/// let says = |word: &'static str| move |name: &str| (name == "LEPTOS_ENV").then(|| word.to_owned());
/// assert!(is_production(says("PROD"), false)?);
/// assert!(is_production(says(""), true)?);
/// # Ok::<(), authkit_serve::settings::SettingError>(())
/// ```
pub fn is_production(
    variable: impl Fn(&str) -> Option<String>,
    default: bool,
) -> Result<bool, SettingError> {
    let Some(value) = variable::value(variable, "LEPTOS_ENV")? else {
        return Ok(default);
    };
    match value.to_ascii_uppercase().as_str() {
        "PROD" | "PRODUCTION" => Ok(true),
        "DEV" | "DEVELOPMENT" => Ok(false),
        _ => Err(SettingError::Environment { value }),
    }
}
