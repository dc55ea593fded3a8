//! The address that browsers use for a program that listens on another one: behind a mapped port, in a tunnel or a
//! container.
//!
//! Read with the settings, for the app and for what stands in for other services in development.

use super::{error::SettingError, variable};
use authkit_local::is_origin;
use std::fmt;
use url::Url;

/// Scheme, host and port of a program as browsers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address in a variable.
    ///
    /// # Errors
    /// [`SettingError::PublicUrl`] for anything but scheme, host and port.
    pub fn read(
        get: impl Fn(&str) -> Option<String>,
        name: &'static str,
    ) -> Result<Option<Self>, SettingError> {
        let Some(value) = variable::value(get, name)? else {
            return Ok(None);
        };
        match Self::parse(&value) {
            Some(url) => Ok(Some(url)),
            None => Err(SettingError::PublicUrl {
                variable: name,
                value,
            }),
        }
    }

    /// The address, if it is one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let url = Url::parse(value).ok()?;
        let is_public =
            matches!(url.scheme(), "http" | "https") && url.has_host() && is_origin(&url);
        is_public.then(|| Self(url.origin().ascii_serialization()))
    }

    /// Without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
