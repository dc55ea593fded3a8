//! The checks that `doctor` makes of this app, in addition to those of the login: its other variables, its tables and the
//! built site.
//!
//! Called before one of authkit-cli's commands runs. Asks, and never changes anything.

mod site;

use crate::{
    app::App,
    database::Tables,
    protection::listing,
    settings::{DatabaseSettings, IS_BUILT},
};
use authkit_audit::{AuditLog, Entry};
use authkit_cli::{Check, Database, Place, Reading, development_variables, server_variables};

/// This app, for the commands.
pub fn app<A: App>() -> authkit_cli::App {
    authkit_cli::App::default()
        .production_by_default(!cfg!(debug_assertions))
        .emulator(IS_BUILT)
        .database(database(Tables::of::<A>()))
        .also(checks)
        .on_revoked(async |store, session_id| {
            let entry = Entry::new("session.revoked").of_session(&session_id);
            AuditLog::new(&store)
                .record(entry.because("operator"))
                .await
        })
        .routes(|redirect_path| {
            listing::<A>(redirect_path, &A::pages(IS_BUILT), &A::routes(IS_BUILT))
        })
}

/// The database of the settings. tower-sessions makes its table without a migration.
fn database(tables: Tables) -> Database {
    let database = match DatabaseSettings::read(|name| std::env::var(name).ok()) {
        Ok(DatabaseSettings::Sqlite(path)) => {
            Database::at(Place::Sqlite(path)).tables(&["tower_sessions"])
        }
        Ok(DatabaseSettings::Postgres(url)) => {
            Database::at(Place::Postgres(url)).tables(&["tower_sessions.session"])
        }
        Err(_) => Database::unknown("needs DATABASE_URL"),
    };
    let own = database.migrations(tables.migrations);
    tables.libraries().fold(own, Database::library)
}

fn checks(reading: &Reading) -> Vec<Check> {
    let mut checks = development_variables(reading);
    if let Err(error) = DatabaseSettings::read(|name| reading.variable(name)) {
        checks.push(Check::of_variable(
            error.variable().unwrap_or_default(),
            &error,
        ));
    }
    checks.extend(server_variables(reading));
    checks.push(site::root(reading));
    checks
}
