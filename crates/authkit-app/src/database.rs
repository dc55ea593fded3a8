//! The database: embedded SQLite in the data folder, created at the first start, or the PostgreSQL of `DATABASE_URL`.
//!
//! Has the ledger of the login, the tables of live queries, the audit trail, and the app's own, which its migrations and those
//! of its features create and change.

use crate::{app::App, settings::DatabaseSettings};
use authkit_audit::{AUDIT_MIGRATIONS, AuditLog};
use authkit_cli::POOLER_FIX;
use authkit_leptos::server::{LEDGER_MIGRATIONS, Ledger};
use authkit_live::server::{Features, Store};
use authkit_local::sqlite_file;
use authkit_store::{
    LAST_MIGRATIONS, SqlitePoolError, StoreError, has_no_shared_memory, is_locked, loses_statements,
};
use secrecy::ExposeSecret;
use sqlx::migrate::{MigrateError, Migrator};
use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How long a start waits for a file that another process has.
const LOCKED_WAIT: Duration = Duration::from_secs(5);
/// Time between two tries, and between two lines about it in the log.
const OPEN_INTERVAL: Duration = Duration::from_millis(100);
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Which tables an app has.
#[derive(Clone, Copy)]
pub struct Tables {
    /// How the app's own came to be what they are, oldest first.
    pub migrations: &'static Migrator,
    features: &'static Features,
}

/// An open database, ready for use.
pub struct Database {
    /// The app's own tables.
    pub store: Store,
    /// State of the login that processes share.
    pub ledger: Ledger,
    /// Who did what.
    pub audit: AuditLog,
}

/// Opens the database and migrates its tables. Waits so long for a server that does not answer yet.
///
/// Of processes that start together on one SQLite file, the first locks it while it creates the tables, longer than a
/// request would wait: the others try again.
pub async fn open(
    settings: &DatabaseSettings,
    tables: Tables,
    wait: Duration,
) -> Result<Database, DatabaseError> {
    let began = Instant::now();
    let mut told_at = None;
    loop {
        let failed = match prepare(settings, tables).await {
            Ok(database) => return Ok(database),
            Err(failed) => failed,
        };
        let patience = match &failed {
            Failed::Store(StoreError::Database(error)) if is_locked(error) => LOCKED_WAIT,
            // A file is there or not.
            Failed::Store(error)
                if matches!(settings, DatabaseSettings::Postgres(_)) && is_coming_up(error) =>
            {
                wait
            }
            _ => Duration::ZERO,
        };
        let database = settings.to_string();
        if began.elapsed() >= patience {
            return Err(match failed {
                Failed::Store(error) => DatabaseError::Unusable { database, error },
                Failed::NoSharedMemory(said) => DatabaseError::NoSharedMemory { database, said },
                Failed::Pooler(said) => DatabaseError::Pooler { database, said },
            });
        }
        if told_at.is_none_or(|at: Instant| at.elapsed() >= LOG_INTERVAL) {
            told_at = Some(Instant::now());
            tracing::warn!(
                reason = "database_unavailable",
                database,
                seconds = patience.saturating_sub(began.elapsed()).as_secs(),
                "the database does not answer yet: waiting for it ({failed})"
            );
        }
        tokio::time::sleep(OPEN_INTERVAL).await;
    }
}

/// Why a server can't use its database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The data folder, the database in it or the database server can't be used.
    #[error("can't open the database {database}: {error}")]
    Unusable {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        error: StoreError,
    },
    /// The file system of the SQLite file can't share memory between connections.
    #[error(
        "can't open the database {database}: its file system has no shared memory, which SQLite's WAL needs ({said}). \
         It is a network share, or a folder of macOS or Windows that Docker mounts: name a folder of this machine in \
         DATA_DIR, in a container one on a volume, or a PostgreSQL in DATABASE_URL"
    )]
    NoSharedMemory {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        said: String,
    },
    /// A pooler in front of PostgreSQL loses prepared statements.
    #[error(
        "can't use the database {database}: a pooler in transaction mode is before it and loses prepared statements \
         ({said}): {POOLER_FIX}"
    )]
    Pooler {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        said: String,
    },
}

/// Why a database can't be looked into.
#[derive(Debug, thiserror::Error)]
pub enum NotThere {
    /// No server has made it.
    #[error("there is no database at {}: a server that has run makes it. See DATA_DIR", .0.display())]
    Missing(PathBuf),
    /// It can't be opened.
    #[error("can't open the database {database}: {error}")]
    Unreadable {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        error: Failed,
    },
}

/// The database as it is: neither made nor migrated, for commands that look into it.
pub async fn existing(settings: &DatabaseSettings) -> Result<authkit_store::Store, NotThere> {
    match settings {
        // To open it would make it.
        DatabaseSettings::Sqlite(path) if !path.is_file() => Err(NotThere::Missing(path.clone())),
        _ => connect(settings)
            .await
            .map_err(|error| NotThere::Unreadable {
                database: settings.to_string(),
                error,
            }),
    }
}

async fn connect(settings: &DatabaseSettings) -> Result<authkit_store::Store, Failed> {
    Ok(match settings {
        DatabaseSettings::Sqlite(path) => authkit_store::Store::sqlite(path).await?,
        DatabaseSettings::Postgres(url) => {
            authkit_store::Store::postgres(url.expose_secret()).await?
        }
    })
}

impl Tables {
    /// Those of this app.
    pub fn of<A: App>() -> Self {
        Self {
            migrations: A::MIGRATIONS,
            features: A::features(),
        }
    }

    /// Whether the database has what this program needs, or newer: the app's own, and those of libraries.
    pub async fn are_in(self, store: &Store) -> bool {
        self.found_in(store).await.unwrap_or(false)
    }

    async fn found_in(self, store: &Store) -> Result<bool, StoreError> {
        let known = self.migrations.iter().map(|it| it.version).max();
        let mut read = store.read().await?;
        let had = "SELECT MAX(version) FROM _sqlx_migrations";
        let had: Option<i64> = sqlx::query_scalar(had).fetch_one(&mut *read).await?;
        let libraries_had: HashMap<String, i64> =
            sqlx::query_as::<_, (String, i64)>(LAST_MIGRATIONS)
                .fetch_all(&mut *read)
                .await?
                .into_iter()
                .collect();
        let mut needed = self.libraries().chain([LEDGER_MIGRATIONS]);
        let has_libraries =
            needed.all(|(library, number)| libraries_had.get(library) >= Some(&number));
        Ok(had >= known && has_libraries)
    }

    /// The libraries and features whose tables are in the database, each with its last migration. The ledger's are not
    /// among them.
    pub fn libraries(self) -> impl Iterator<Item = (&'static str, i64)> {
        [Store::MIGRATIONS, AUDIT_MIGRATIONS]
            .into_iter()
            .chain(self.features.migrations())
    }
}

/// Whether a database server may answer in a moment: its name leads nowhere yet, as beside a container that is starting, nothing
/// listens at its address, it says that it starts or stops, or it has no connection left.
fn is_coming_up(error: &StoreError) -> bool {
    match error {
        StoreError::Slow => true,
        StoreError::Database(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) => true,
        StoreError::Database(sqlx::Error::Database(error)) => {
            let code = error.code();
            // PostgreSQL's cannot_connect_now, admin_shutdown, crash_shutdown and too_many_connections.
            code.is_some_and(|code| ["57P03", "57P01", "57P02", "53300"].contains(&code.as_ref()))
        }
        _ => false,
    }
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Store(StoreError),
    /// The error of SQLite about shared memory.
    #[error("{0}")]
    NoSharedMemory(String),
    /// The error of PostgreSQL about a statement that was prepared on another connection.
    #[error("{0}")]
    Pooler(String),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        if has_no_shared_memory(&error) {
            Self::NoSharedMemory(error.to_string())
        } else if loses_statements(&error) {
            Self::Pooler(error.to_string())
        } else {
            Self::Store(error.into())
        }
    }
}

impl From<SqlitePoolError> for Failed {
    fn from(error: SqlitePoolError) -> Self {
        match error {
            SqlitePoolError::NoSharedMemory(said) => Self::NoSharedMemory(said),
            SqlitePoolError::Database(error) => error.into(),
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Migration(
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
            ) if loses_statements(&error) => error.into(),
            error => Self::Store(error),
        }
    }
}

async fn prepare(settings: &DatabaseSettings, tables: Tables) -> Result<Database, Failed> {
    if let DatabaseSettings::Sqlite(path) = settings {
        sqlite_file::prepare(path).map_err(sqlx::Error::from)?;
    }
    let store = connect(settings).await?;
    let app = Store::from(store.clone());
    // The app's tables first: a database that is newer than the program is left unchanged.
    app.migrate(tables.migrations).await?;
    tables.features.migrate(&app).await?;
    let ledger = Ledger::new(&store);
    ledger.migrate().await?;
    let audit = AuditLog::new(&store);
    audit.migrate().await?;
    Ok(Database {
        store: app,
        ledger,
        audit,
    })
}
