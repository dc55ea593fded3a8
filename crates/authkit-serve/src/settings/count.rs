//! A variable that is a number from 1 up: a count, or seconds.
//!
//! Called by the settings of a server and by the doctor.

use super::{error::SettingError, variable};
use std::{num::NonZeroU32, str::FromStr, time::Duration};

/// A count; `None` if it is not set.
///
/// # Errors
/// [`SettingError::Count`] for a value that is none.
pub fn count<T: FromStr>(
    variables: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<T>, SettingError> {
    let value = variable::value(variables, name)?;
    let count = value.map(|value| {
        value.parse().map_err(|_| SettingError::Count {
            variable: name,
            value,
        })
    });
    count.transpose()
}

/// A time in whole seconds; `None` if it is not set.
///
/// # Errors
/// [`SettingError::Count`] for a value that is none.
pub fn seconds(
    variables: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<Duration>, SettingError> {
    let seconds: Option<NonZeroU32> = count(variables, name)?;
    Ok(seconds.map(|it| Duration::from_secs(it.get().into())))
}
