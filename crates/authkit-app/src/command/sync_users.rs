//! `script/authkit sync-users`: brings the table of users up to date with WorkOS.
//!
//! What it does is authkit-users'; this gives it the configuration and the database of the server.

use crate::{
    database::{self, Tables},
    settings::{AuthKitSettings, Settings},
};
use authkit_cli::refuse;
use authkit_leptos::server::Config;
use authkit_live::server::Store;
use authkit_users::SyncUsers;
use std::process::ExitCode;

/// Exit status 1 if it stopped before the end.
pub async fn run(sync: SyncUsers, tables: Tables) -> ExitCode {
    match prepare(tables).await {
        Ok((config, store)) => {
            let status = sync.run(&config, &store).await;
            store.close().await;
            status
        }
        Err(refused) => refused,
    }
}

/// # Errors
/// The exit status, after the error has been printed.
async fn prepare(tables: Tables) -> Result<(Config, Store), ExitCode> {
    let settings = Settings::read(|name| std::env::var(name).ok()).map_err(refuse)?;
    let config = match settings.authkit {
        AuthKitSettings::WorkOs(config) => *config,
        AuthKitSettings::Emulator(emulator) => {
            let running = authkit_cli::emulator::running(emulator.addr);
            running.ok_or_else(|| {
                refuse(
                    "there is nobody to ask: no WORKOS variable is set, and the AuthKit of this machine does \
                     not run. Set the four WORKOS variables, or start the server first",
                )
            })?
        }
        AuthKitSettings::Missing => return Err(refuse(Config::nothing_set())),
    };
    let database = database::open(&settings.database, tables, settings.database_wait).await;
    Ok((config, database.map_err(refuse)?.store))
}
