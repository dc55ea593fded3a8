//! The variables of the login that [`Config`](authkit_leptos::server::Config) does not read, and the address of the server.
//!
//! Called by the commands and by the settings of an app's server, so that both accept the same values. Must never show a
//! value that may be secret.

mod error;
mod listen;
pub mod variable;

pub use error::SettingError;
pub use listen::{address, listen};

use authkit_leptos::server::{
    BearerTokens,
    config::{FRAME_ANCESTORS, FrameAncestors},
    token::Provider,
};

/// Whether `LEPTOS_ENV` says production; `default` if it is not set.
///
/// # Errors
/// [`SettingError::Environment`] for another word.
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

/// The providers in the file that `AUTH_PROVIDERS` names.
///
/// # Errors
/// [`SettingError::Providers`] for a file that can't be read.
pub fn providers(variable: impl Fn(&str) -> Option<String>) -> Result<Vec<Provider>, SettingError> {
    match variable::path(variable, "AUTH_PROVIDERS")? {
        Some(path) => Ok(Provider::read(path.as_ref())?),
        None => Ok(Vec::new()),
    }
}

/// `BEARER_TOKENS`: whose `Authorization` headers are read.
///
/// # Errors
/// [`SettingError::BearerTokens`] for another word.
pub fn bearer_tokens(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<BearerTokens, SettingError> {
    match variable::value(variable, "BEARER_TOKENS")? {
        None => Ok(BearerTokens::default()),
        Some(value) => match value.parse() {
            Ok(tokens) => Ok(tokens),
            Err(error) => Err(SettingError::BearerTokens { value, error }),
        },
    }
}

/// `FRAME_ANCESTORS`: the sites that may show the app in a frame.
///
/// # Errors
/// [`SettingError::FrameAncestors`] for a list with something else in it.
pub fn frame_ancestors(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<FrameAncestors, SettingError> {
    let list = variable::value(variable, FRAME_ANCESTORS)?;
    Ok(FrameAncestors::parse(&list.unwrap_or_default())?)
}
