//! The database: whether it is there, can be read, and has the tables of the login and of the app.
//!
//! Opens it read-only. Never makes a file, a folder or a table, and never shows the password of `DATABASE_URL`.

use super::{
    check::{Check, Name},
    patience::in_time,
};
use authkit_leptos::server::{LEDGER_MIGRATIONS, LEDGER_TABLES};
use authkit_serve::settings::variable;
pub use authkit_store::loses_statements;
use authkit_store::{LAST_MIGRATIONS, MIGRATION_TABLE, are_lent, hears};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ColumnIndex, ConnectOptions, Connection, Decode, Executor, IntoArguments, Type,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgConnection, PgListener},
    sqlite::SqliteConnectOptions,
};
use std::path::{Path, PathBuf};
use url::Url;

/// The table in which sqlx notes migrations.
const MIGRATED: &str = "_sqlx_migrations";

/// The fix for a pooler that loses prepared statements.
pub const POOLER_FIX: &str = "use PgBouncer 1.21 or later with max_prepared_statements above 0, let it pool sessions \
                              (pool_mode = session), or name PostgreSQL itself in DATABASE_URL";

/// The place of an app's database.
#[derive(Clone, Debug)]
pub enum Place {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(SecretString),
}

/// The database in which an app keeps the login's ledger, and what else has to be in it.
#[derive(Clone, Debug)]
pub struct Database {
    /// The place, or why it is not known.
    place: Result<Place, String>,
    tables: &'static [&'static str],
    migrations: Option<&'static Migrator>,
    /// Libraries, with the last migration that this program knows of each.
    libraries: Vec<(&'static str, i64)>,
}

impl Database {
    /// The database at this place, with nothing but the ledger in it.
    #[must_use]
    pub fn at(place: Place) -> Self {
        Self::of(Ok(place))
    }

    /// A database whose place is not known, so that its checks are skipped: `why` is the reason.
    #[must_use]
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::of(Err(why.into()))
    }

    fn of(place: Result<Place, String>) -> Self {
        Self {
            place,
            tables: &[],
            migrations: None,
            libraries: vec![LEDGER_MIGRATIONS],
        }
    }

    /// The database that `DATABASE_URL` names.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        match variable::value(variable, "DATABASE_URL") {
            Ok(Some(url)) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Self::at(Place::Postgres(url.into()))
            }
            Ok(None) => Self::unknown(
                "DATABASE_URL is not set; where else the app has its database, only its own doctor knows",
            ),
            _ => Self::unknown("DATABASE_URL is not the URL of a PostgreSQL database"),
        }
    }

    /// Tables that the app makes without migrations.
    #[must_use]
    pub fn tables(self, tables: &'static [&'static str]) -> Self {
        Self { tables, ..self }
    }

    /// The app's migrations, of which the database should have had all and no others.
    #[must_use]
    pub fn migrations(self, migrations: &'static Migrator) -> Self {
        Self {
            migrations: Some(migrations),
            ..self
        }
    }

    /// A library whose tables `authkit_store` migrates, and the last migration that this program knows of it.
    #[must_use]
    pub fn library(mut self, (name, known): (&'static str, i64)) -> Self {
        self.libraries.push((name, known));
        self
    }

    /// The place, if it is known.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref().ok()
    }

    fn all_tables(&self) -> Vec<&'static str> {
        let migrated = self.migrations.map(|_| MIGRATED);
        let own = self.tables.iter().copied();
        let ledger = LEDGER_TABLES.into_iter().chain([MIGRATION_TABLE]);
        migrated.into_iter().chain(ledger).chain(own).collect()
    }
}

/// The state of a database.
struct Found {
    /// All tables that it should have.
    tables: Vec<&'static str>,
    missing: Vec<&'static str>,
    /// The versions of the app's migrations that it has had.
    migrated: Vec<i64>,
    /// The last migration of each library that it has had.
    libraries: Vec<(String, i64)>,
}

/// Why a database can't be used.
enum Trouble {
    NoAnswer,
    Said(sqlx::Error),
}

/// Whether it can be used and has its tables, and of PostgreSQL whether processes hear of each other.
pub async fn check(database: &Database) -> Vec<Check> {
    match &database.place {
        Err(why) => vec![
            Name::Database.skipped(why),
            Name::DatabaseTables.skipped(why),
        ],
        Ok(Place::Sqlite(path)) => sqlite(path, database).await.into(),
        Ok(Place::Postgres(url)) => {
            let mut checks: Vec<_> = postgres(url, database).await.into();
            let is_bad = checks.iter().any(Check::is_bad);
            checks.push(match is_bad {
                true => Name::DatabaseNews.skipped("needs the database"),
                false => news(url).await,
            });
            checks
        }
    }
}

/// Sends a notification to itself through the database, as the server does when it begins to listen.
async fn news(url: &SecretString) -> Check {
    let name = Name::DatabaseNews;
    let heard = async {
        let url = url.expose_secret();
        let options: PgConnectOptions = url.parse()?;
        if are_lent(&options).await? {
            return Ok(false);
        }
        let mut listener = PgListener::connect(url).await?;
        let mut sender = PgConnection::connect_with(&options).await?;
        hears(&mut listener, &mut sender).await
    };
    match in_time(heard).await {
        Some(Ok(true)) => name.good("processes hear of each other's writes at once"),
        Some(Ok(false)) => name.warning(
            "no notification comes through, as behind a pooler in transaction mode: each process looks every second \
             for what others have written",
            "name PostgreSQL itself in DATABASE_URL, or a pooler in session mode, if a second is too long",
        ),
        Some(Err(error)) => name.warning(
            format!(
                "can't be told: {}",
                without_password(&error.to_string(), url)
            ),
            "ask again; the server looks every second for what it does not hear",
        ),
        None => name.skipped("no answer in time"),
    }
}

async fn sqlite(path: &Path, expected: &Database) -> [Check; 2] {
    let shown = path.display();
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    if folder.is_some_and(|folder| folder.exists() && !folder.is_dir()) {
        let folder = folder.unwrap_or(path).display();
        return unusable(
            format!("{folder} is not a folder, so no database can be made in it"),
            "name another folder in DATA_DIR",
        );
    }
    if !path.exists() {
        return [
            Name::Database.good(format!(
                "{shown} is not there yet: the first start makes it"
            )),
            Name::DatabaseTables.skipped("needs the database"),
        ];
    }
    // In WAL mode even a reader makes files beside the database, unless nobody else can be writing.
    let being_written = path.with_extension("db-wal").exists();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .immutable(!being_written)
        .disable_statement_logging();
    match in_time(found_in_sqlite(options, expected)).await {
        Some(Ok(found)) => usable(format!("{shown} can be read"), &found, expected),
        trouble => unusable(
            match &trouble {
                Some(Err(error)) => format!("{shown} can't be read: {error}"),
                _ => format!("{shown} did not answer in time"),
            },
            "move the file away if it is no database of this app: the next start makes a new one; or \
             name another folder in DATA_DIR",
        ),
    }
}

async fn found_in_sqlite(
    options: SqliteConnectOptions,
    expected: &Database,
) -> Result<Found, sqlx::Error> {
    let mut database = options.connect().await?;
    let (tables, mut missing) = (expected.all_tables(), Vec::new());
    for table in tables.iter().copied() {
        let found: Option<(String,)> =
            sqlx::query_as("SELECT name FROM sqlite_master WHERE name = $1")
                .bind(table)
                .fetch_optional(&mut database)
                .await?;
        missing.extend(found.is_none().then_some(table));
    }
    let migrated = migrated(expected, &missing, &mut database).await?;
    let libraries = libraries(&missing, &mut database).await?;
    Ok(Found {
        tables,
        missing,
        migrated,
        libraries,
    })
}

async fn postgres(url: &SecretString, expected: &Database) -> [Check; 2] {
    let answer = in_time(found_in_postgres(url, expected)).await;
    let answer = match answer {
        Some(answer) => answer.map_err(Trouble::Said),
        None => Err(Trouble::NoAnswer),
    };
    let place = place(url);
    match answer {
        Ok(found) => usable(format!("{place} answers"), &found, expected),
        Err(trouble) => {
            let fix = match &trouble {
                Trouble::Said(error) if loses_statements(error) => POOLER_FIX,
                _ => "start it, or correct DATABASE_URL: postgres://user:password@host/database",
            };
            let said = match trouble {
                Trouble::NoAnswer => "no answer in time".to_owned(),
                Trouble::Said(error) => without_password(&error.to_string(), url),
            };
            unusable(format!("{place} can't be used: {said}"), fix)
        }
    }
}

async fn found_in_postgres(url: &SecretString, expected: &Database) -> Result<Found, sqlx::Error> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let mut database = PgConnection::connect_with(&options.disable_statement_logging()).await?;
    let (tables, mut missing) = (expected.all_tables(), Vec::new());
    for table in tables.iter().copied() {
        let (there,): (bool,) = sqlx::query_as("SELECT to_regclass($1) IS NOT NULL")
            .bind(table)
            .fetch_one(&mut database)
            .await?;
        missing.extend((!there).then_some(table));
    }
    let migrated = migrated(expected, &missing, &mut database).await?;
    let libraries = libraries(&missing, &mut database).await?;
    Ok(Found {
        tables,
        missing,
        migrated,
        libraries,
    })
}

/// The last migration of each library that the database has had.
async fn libraries<'c, D, E>(
    missing: &[&str],
    database: E,
) -> Result<Vec<(String, i64)>, sqlx::Error>
where
    D: sqlx::Database,
    E: Executor<'c, Database = D>,
    for<'a> D::Arguments<'a>: IntoArguments<'a, D>,
    for<'r> i64: Decode<'r, D> + Type<D>,
    for<'r> String: Decode<'r, D> + Type<D>,
    usize: ColumnIndex<D::Row>,
{
    if missing.contains(&MIGRATION_TABLE) {
        return Ok(Vec::new());
    }
    sqlx::query_as(LAST_MIGRATIONS).fetch_all(database).await
}

/// The versions of the migrations that the database has had.
async fn migrated<'c, D, E>(
    expected: &Database,
    missing: &[&str],
    database: E,
) -> Result<Vec<i64>, sqlx::Error>
where
    D: sqlx::Database,
    E: Executor<'c, Database = D>,
    for<'a> D::Arguments<'a>: IntoArguments<'a, D>,
    for<'r> i64: Decode<'r, D> + Type<D>,
    usize: ColumnIndex<D::Row>,
{
    if expected.migrations.is_none() || missing.contains(&MIGRATED) {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(database)
        .await
}

fn usable(place: String, found: &Found, expected: &Database) -> [Check; 2] {
    let name = Name::DatabaseTables;
    let known = expected.migrations;
    let mut had = found.migrated.iter();
    let newer = had.find(|version| !known.is_some_and(|it| it.version_exists(**version)));
    let newer_library = found.libraries.iter().find_map(|(library, number)| {
        let known = expected.libraries.iter().find(|(name, _)| name == library);
        let (_, known) = known.filter(|(_, known)| known < number)?;
        Some((library, number, known))
    });
    if let Some((library, number, known)) = newer_library {
        let tables = name.bad(
            format!(
                "it has migration {number} of {library}, and this program knows migrations up to {known}: it is newer"
            ),
            "start the newer program, or name another database",
        );
        return [Name::Database.good(place), tables];
    }
    let count = known.map_or(0, |it| it.iter().count());
    let to_come = count - found.migrated.len().min(count);
    let tables = match (newer, &found.missing[..], to_come) {
        (Some(version), ..) => name.bad(
            format!("it has migration {version}, which this program does not know: it is newer"),
            "start the newer program, or name another database",
        ),
        (None, [], 0) => name.good("all there"),
        (None, missing, _) if missing.len() == found.tables.len() => name.warning(
            "there are none yet",
            "the next start makes them; nothing is to be done if this is a new database",
        ),
        (None, [], to_come) => name.warning(
            format!("{to_come} of {count} migrations are to come"),
            "the next start migrates it; back it up first if that matters",
        ),
        (None, missing, _) => name.warning(
            format!("{} is missing", missing.join(", ")),
            "the next start makes what is missing",
        ),
    };
    [Name::Database.good(place), tables]
}

fn unusable(problem: String, fix: &str) -> [Check; 2] {
    [
        Name::Database.bad(problem, fix),
        Name::DatabaseTables.skipped("needs the database"),
    ]
}

/// Host and database, nothing else.
fn place(url: &SecretString) -> String {
    match Url::parse(url.expose_secret()) {
        Ok(url) => format!(
            "PostgreSQL at {}{}",
            url.host_str()
                .filter(|it| !it.is_empty())
                .unwrap_or("this machine"),
            url.port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default()
        ),
        Err(_) => "the PostgreSQL that DATABASE_URL names".to_owned(),
    }
}

/// Errors repeat no password; should one ever do, it ends here.
pub(crate) fn without_password(text: &str, url: &SecretString) -> String {
    let parsed = Url::parse(url.expose_secret()).ok();
    let password = parsed.as_ref().and_then(Url::password);
    let text = text.replace(url.expose_secret(), "DATABASE_URL");
    match password {
        Some(password) if !password.is_empty() => text.replace(password, "…"),
        _ => text,
    }
}
