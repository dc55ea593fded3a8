//! The checks that `doctor` makes of this app, in addition to those of the login: its other variables, its tables and the
//! built site.
//!
//! Called before one of authkit-cli's commands runs. Asks, and never changes anything.

mod site;

use crate::process::{
    database::MIGRATIONS,
    development::IS_BUILT,
    settings::{DatabaseSettings, SettingsError},
};
use authkit_cli::{App, Check, Database, Place, Reading, settings::DevelopmentSettings};
use authkit_live::server::Store;
use authkit_serve::{AddressLimits, ConnectionLimits, Site, settings};

/// This app, for the commands.
pub fn app() -> App {
    App::default()
        .production_by_default(!cfg!(debug_assertions))
        .emulator(IS_BUILT)
        .database(database())
        .also(checks)
}

/// The database of the settings. tower-sessions makes its table without a migration.
fn database() -> Database {
    let database = match DatabaseSettings::read(|name| std::env::var(name).ok()) {
        Ok(DatabaseSettings::Sqlite(path)) => {
            Database::at(Place::Sqlite(path)).tables(&["tower_sessions"])
        }
        Ok(DatabaseSettings::Postgres(url)) => {
            Database::at(Place::Postgres(url)).tables(&["tower_sessions.session"])
        }
        Err(_) => Database::unknown("needs DATABASE_URL"),
    };
    database.migrations(&MIGRATIONS).library(Store::MIGRATIONS)
}

fn checks(reading: &Reading) -> Vec<Check> {
    let mut checks: Vec<_> = variables(reading)
        .into_iter()
        .filter_map(Result::err)
        .map(|error| Check::of_variable(error.variable().unwrap_or_default(), &error))
        .collect();
    checks.push(site::root(reading));
    checks
}

/// The variables that the login does not read.
fn variables(reading: &Reading) -> [Result<(), SettingsError>; 7] {
    let get = |name: &str| reading.variable(name);
    let development = DevelopmentSettings::read(get);
    // The errors of its other variables are those of `development`.
    let emulator_addr = match &development {
        Ok(development) if reading.uses_emulator() => development.emulator_addr(get).map(drop),
        _ => Ok(()),
    };
    [
        development.map(drop).map_err(Into::into),
        emulator_addr.map_err(Into::into),
        DatabaseSettings::read(get).map(drop),
        Site::read(get).map(drop).map_err(Into::into),
        ConnectionLimits::read(get).map(drop).map_err(Into::into),
        settings::log_filter(get).map_err(Into::into),
        AddressLimits::read(get).map(drop).map_err(Into::into),
    ]
}
