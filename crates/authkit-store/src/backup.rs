//! [`Backup`]: a copy of an SQLite database that is in use, made by SQLite itself (`VACUUM INTO`).
//!
//! Called by [`Store::backup`](crate::Store::backup). Holds up no writer. Never overwrites a file, and gives the copy its
//! name only once it is complete, checked and on the disk.

use crate::pool::Pool;
use sqlx::{ConnectOptions, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What is added to the name of a copy that is not complete.
const INCOMPLETE: &str = ".incomplete";

/// A backup that was made.
#[derive(Clone, Copy, Debug)]
pub struct Backup {
    /// The size of the copy.
    pub bytes: u64,
    /// How long it took, the check included.
    pub took: Duration,
}

/// Why no backup was made. The file is not there then, or is what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database is a PostgreSQL.
    #[error("PostgreSQL has a program of its own for backups: pg_dump")]
    Postgres,
    /// The file is there.
    #[error("{} is there already, and is left as it is", .0.display())]
    Exists(PathBuf),
    /// An unfinished copy is there.
    #[error(
        "{} is there: another backup to this file is under way, or was interrupted. Remove it if none runs",
        .0.display()
    )]
    Incomplete(PathBuf),
    /// SQLite takes names in UTF-8 only.
    #[error("{} is not UTF-8, which SQLite needs", .0.display())]
    Name(PathBuf),
    /// The file can't be made.
    #[error("{} can't be written: {error}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// SQLite's own words.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The copy is not sound, and neither is the database then.
    #[error("the copy is damaged, and so may be the database: {0}")]
    Damaged(String),
}

impl BackupError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path, error }
    }
}

/// Copies the database of this pool.
pub(crate) async fn backup(pool: &Pool, to: &Path) -> Result<Backup, BackupError> {
    let began = Instant::now();
    let Pool::Sqlite(pool) = pool else {
        return Err(BackupError::Postgres);
    };
    // An absolute path is never taken for a URI.
    let to = std::path::absolute(to).map_err(BackupError::file(to))?;
    let unfinished = Unfinished::create(&to)?;
    let name = unfinished.path.to_str();
    let name = name.ok_or_else(|| BackupError::Name(to.clone()))?;
    // A connection of its own: a copy takes longer than a request may.
    let options = (*pool.connect_options()).clone();
    let options = options.create_if_missing(false).disable_statement_logging();
    let mut database = options.connect().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name);
    let copied = copied.execute(&mut database).await;
    // The copy counts whether or not the connection says goodbye.
    let _ = database.close().await;
    copied?;
    check(&unfinished.path).await?;
    let kept = tokio::task::spawn_blocking(move || unfinished.keep(&to)).await;
    let bytes = kept.map_err(|error| BackupError::Damaged(error.to_string()))??;
    Ok(Backup {
        bytes,
        took: began.elapsed(),
    })
}

/// Reads the whole copy and compares its tables with their indexes.
async fn check(copy: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new()
        .filename(copy)
        .create_if_missing(false)
        .disable_statement_logging();
    let mut copy = SqliteConnection::connect_with(&options).await?;
    let found = sqlx::query_scalar("PRAGMA integrity_check");
    let found = found.fetch_all(&mut copy).await;
    // Before the copy gets its name, or is removed.
    copy.close().await?;
    let found: Vec<String> = found?;
    match &found[..] {
        [one] if one == "ok" => Ok(()),
        faults => Err(BackupError::Damaged(faults.join("; "))),
    }
}

/// A copy under another name, removed unless it is kept.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Makes an empty file that only its owner can read; SQLite copies into one.
    fn create(to: &Path) -> Result<Self, BackupError> {
        if fs::symlink_metadata(to).is_ok() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(INCOMPLETE);
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        match options.open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(BackupError::Incomplete(path))
            }
            Err(error) => Err(BackupError::File { path, error }),
        }
    }

    /// Gives the copy its name, unless another file has it. The size of the copy.
    fn keep(self, to: &Path) -> Result<u64, BackupError> {
        // SQLite leaves that to its caller.
        let file = File::open(&self.path).map_err(BackupError::file(&self.path))?;
        file.sync_all().map_err(BackupError::file(&self.path))?;
        let bytes = file.metadata().map_err(BackupError::file(to))?.len();
        match fs::hard_link(&self.path, to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(to.to_owned()));
            }
            // A file system without links.
            Err(_) if fs::symlink_metadata(to).is_err() => {
                fs::rename(&self.path, to).map_err(BackupError::file(to))?;
            }
            Err(_) => return Err(BackupError::Exists(to.to_owned())),
        }
        #[cfg(unix)]
        if let Some(folder) = to.parent() {
            let folder = File::open(folder).map_err(BackupError::file(to))?;
            folder.sync_all().map_err(BackupError::file(to))?;
        }
        Ok(bytes)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}
