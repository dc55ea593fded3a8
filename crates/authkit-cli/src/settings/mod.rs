//! The variables of the login that [`Config`](authkit_leptos::server::Config) does not read. Those of the server are
//! `authkit_serve::settings`.
//!
//! Called by the commands and by the settings of an app's server, so that both accept the same values. Must never show a
//! value that may be secret.

mod development;
mod error;

pub use development::DevelopmentSettings;
pub use error::SettingError;

use authkit_leptos::server::{
    BearerTokens,
    config::{FRAME_ANCESTORS, FrameAncestors},
    token::Provider,
};
use authkit_serve::settings::variable;

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
