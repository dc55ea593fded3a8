//! `script/authkit audit`: who did what, from the database of the settings.
//!
//! What is listed is authkit-audit's. Never makes or migrates the database that it reads.

use crate::{database, settings::DatabaseSettings};
use authkit_audit::Audit;
use authkit_cli::refuse;
use std::process::ExitCode;

/// Exit status 1 if the trail can't be read.
pub async fn run(audit: Audit) -> ExitCode {
    let settings = match DatabaseSettings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => return refuse(error),
    };
    let store = match database::existing(&settings).await {
        Ok(store) => store,
        Err(error) => return refuse(error),
    };
    let status = audit.run(&store).await;
    store.close().await;
    status
}
