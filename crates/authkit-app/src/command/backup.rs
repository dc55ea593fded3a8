//! `script/authkit backup FILE`: copies the SQLite database of the settings, while a server runs on it.
//!
//! The copying is authkit-store's. Never makes or migrates the database that it copies, and never overwrites a file.

use crate::{database, settings::DatabaseSettings};
use authkit_cli::refuse;
use authkit_store::{Backup as Made, BackupError};
use std::{io::Write, path::PathBuf, process::ExitCode};

/// What the help says besides the options.
const HELP: &str = "\
To restore it: stop the server, put the file in the place of app.db in DATA_DIR, remove app.db-wal and app.db-shm
beside it, and start the server.

Exit status: 0 once the copy is complete and on the disk, 1 if it could not be made, 2 if there is nothing
to copy or the file is there.";

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Backup {
    /// The file to make. It must not be there
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Why there is nothing to copy.
#[derive(Debug, thiserror::Error)]
enum NothingToCopy {
    #[error(
        "DATABASE_URL names a PostgreSQL database, which has programs of its own for this: pg_dump --format=custom \
         --file=FILE \"$DATABASE_URL\", and pg_restore"
    )]
    Postgres,
}

impl Backup {
    /// Exit status 1 if the copy could not be made.
    pub async fn run(self) -> ExitCode {
        let settings = match DatabaseSettings::read(|name| std::env::var(name).ok()) {
            Ok(DatabaseSettings::Postgres(_)) => return refuse(NothingToCopy::Postgres),
            Ok(settings) => settings,
            Err(error) => return refuse(error),
        };
        let store = match database::existing(&settings).await {
            Ok(store) => store,
            Err(error) => return refuse(error),
        };
        let made = store.backup(&self.file).await;
        store.close().await;
        match made {
            Ok(made) => self.say(made),
            Err(error) => {
                eprintln!("error: {error}");
                match error {
                    BackupError::Exists(_) | BackupError::Incomplete(_) => ExitCode::from(2),
                    _ => ExitCode::FAILURE,
                }
            }
        }
    }

    fn say(&self, Made { bytes, took }: Made) -> ExitCode {
        let file = self.file.display();
        let seconds = took.as_secs_f64();
        // The copy is made, even if nobody reads this.
        let _ = writeln!(
            std::io::stdout(),
            "{file}: {bytes} bytes, complete and checked, in {seconds:.1} s"
        );
        ExitCode::SUCCESS
    }
}
