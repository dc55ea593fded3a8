//! The variables of a server that authkit-serve serves, and of its development.
//!
//! Called by the checks of an app with such a server. Reports only what can't be read.

use super::{check::Check, environment::Reading};
use crate::settings::{DevelopmentSettings, SettingError};
use authkit_serve::{
    AddressLimits, ConnectionLimits, Site,
    settings::{self, SettingError as ServerSettingError},
};
use std::num::NonZeroU32;

/// A check for each variable of the server that can't be read, for [`App::also`](crate::App::also).
///
/// ```
/// use authkit_cli::{App, development_variables, server_variables};
///
/// let app = App::default().also(|reading| {
///     let mut checks = development_variables(reading);
///     checks.extend(server_variables(reading));
///     checks
/// });
/// # let _ = app;
/// ```
#[must_use]
pub fn server_variables(reading: &Reading) -> Vec<Check> {
    let get = |name: &str| reading.variable(name);
    let server: [Result<(), ServerSettingError>; 8] = [
        Site::read(get).map(drop),
        ConnectionLimits::read(get).map(drop),
        settings::log_filter(get),
        settings::LogFormat::read(get).map(drop),
        settings::address_if_set(get, "METRICS_ADDR").map(drop),
        settings::seconds(get, "DATABASE_WAIT_SECONDS").map(drop),
        settings::count::<NonZeroU32>(get, "AUDIT_DAYS").map(drop),
        AddressLimits::read(get).map(drop),
    ];
    let errors = server.into_iter().filter_map(Result::err);
    errors.map(|error| unreadable(error.into())).collect()
}

/// The same for the variables that say who reaches the app and its emulator in development.
#[must_use]
pub fn development_variables(reading: &Reading) -> Vec<Check> {
    let get = |name: &str| reading.variable(name);
    let development = DevelopmentSettings::read(get);
    // The errors of its other variables are those of `development`.
    let emulator_addr = match &development {
        Ok(development) if reading.uses_emulator() => development.emulator_addr(get).map(drop),
        _ => Ok(()),
    };
    let all = [development.map(drop), emulator_addr];
    let errors = all.into_iter().filter_map(Result::err);
    errors.map(unreadable).collect()
}

fn unreadable(error: SettingError) -> Check {
    Check::of_variable(error.variable().unwrap_or_default(), &error)
}
