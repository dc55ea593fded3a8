//! The database: is it there, can it be read, has it its tables.
//!
//! Opens what there is to read only. Never makes a file, a folder or a table, and never shows the
//! password of `DATABASE_URL`.

use super::{
    check::{Check, Name},
    environment::Reading,
    in_time,
};
use crate::process::{
    database::{MIGRATIONS, POOLER_FIX, loses_statements},
    settings::DatabaseSettings,
};
use authkit_leptos::server::{are_lent, hears};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ColumnIndex, ConnectOptions, Connection, Database, Decode, Executor, IntoArguments, Type,
    postgres::{PgConnectOptions, PgConnection, PgListener},
    sqlite::SqliteConnectOptions,
};
use std::path::Path;
use url::Url;

/// Where migrations are noted, and what is made without one.
const SQLITE_TABLES: [&str; 6] = [
    MIGRATED,
    "authkit_change",
    "authkit_refresh",
    "authkit_revocation",
    "authkit_token_life",
    "tower_sessions",
];
const POSTGRES_TABLES: [&str; 6] = [
    MIGRATED,
    "authkit_change",
    "authkit_refresh",
    "authkit_revocation",
    "authkit_token_life",
    "tower_sessions.session",
];
const MIGRATED: &str = "_sqlx_migrations";

/// What a database has and has not.
struct Found {
    missing: Vec<&'static str>,
    /// The versions of the migrations it has had.
    migrated: Vec<i64>,
}

/// What is the matter with a database.
enum Trouble {
    NoAnswer,
    Said(sqlx::Error),
}

/// Whether it can be used, whether its tables are there, and of PostgreSQL whether processes hear of each other.
pub async fn check(reading: &Reading) -> Vec<Check> {
    match &reading.database {
        Err(_) => vec![
            Name::Database.skipped("needs DATABASE_URL"),
            Name::DatabaseTables.skipped("needs DATABASE_URL"),
        ],
        Ok(DatabaseSettings::Sqlite(path)) => sqlite(path).await.into(),
        Ok(DatabaseSettings::Postgres(url)) => {
            let mut checks: Vec<_> = postgres(url).await.into();
            let is_bad = checks.iter().any(Check::is_bad);
            checks.push(match is_bad {
                true => Name::DatabaseNews.skipped("needs the database"),
                false => news(url).await,
            });
            checks
        }
    }
}

/// Says a word to itself through the database, as the server does when it begins to listen.
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

async fn sqlite(path: &Path) -> [Check; 2] {
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
    match in_time(found_in_sqlite(options)).await {
        Some(Ok(found)) => usable(format!("{shown} can be read"), &found, &SQLITE_TABLES),
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

async fn found_in_sqlite(options: SqliteConnectOptions) -> Result<Found, sqlx::Error> {
    let mut database = options.connect().await?;
    let mut missing = Vec::new();
    for table in SQLITE_TABLES {
        let found: Option<(String,)> =
            sqlx::query_as("SELECT name FROM sqlite_master WHERE name = $1")
                .bind(table)
                .fetch_optional(&mut database)
                .await?;
        missing.extend(found.is_none().then_some(table));
    }
    let migrated = migrated(&missing, &mut database).await?;
    Ok(Found { missing, migrated })
}

async fn postgres(url: &SecretString) -> [Check; 2] {
    let answer = in_time(found_in_postgres(url)).await;
    let answer = match answer {
        Some(answer) => answer.map_err(Trouble::Said),
        None => Err(Trouble::NoAnswer),
    };
    let place = place(url);
    match answer {
        Ok(found) => usable(format!("{place} answers"), &found, &POSTGRES_TABLES),
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

async fn found_in_postgres(url: &SecretString) -> Result<Found, sqlx::Error> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let mut database = PgConnection::connect_with(&options.disable_statement_logging()).await?;
    let mut missing = Vec::new();
    for table in POSTGRES_TABLES {
        let (there,): (bool,) = sqlx::query_as("SELECT to_regclass($1) IS NOT NULL")
            .bind(table)
            .fetch_one(&mut database)
            .await?;
        missing.extend((!there).then_some(table));
    }
    let migrated = migrated(&missing, &mut database).await?;
    Ok(Found { missing, migrated })
}

/// The versions of the migrations the database has had.
async fn migrated<'c, D, E>(missing: &[&str], database: E) -> Result<Vec<i64>, sqlx::Error>
where
    D: Database,
    E: Executor<'c, Database = D>,
    for<'a> D::Arguments<'a>: IntoArguments<'a, D>,
    for<'r> i64: Decode<'r, D> + Type<D>,
    usize: ColumnIndex<D::Row>,
{
    if missing.contains(&MIGRATED) {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(database)
        .await
}

fn usable(place: String, found: &Found, all: &[&str]) -> [Check; 2] {
    let name = Name::DatabaseTables;
    let newer = found
        .migrated
        .iter()
        .find(|version| !MIGRATIONS.version_exists(**version));
    let to_come = MIGRATIONS.iter().count() - found.migrated.len().min(MIGRATIONS.iter().count());
    let tables = match (newer, &found.missing[..], to_come) {
        (Some(version), ..) => name.bad(
            format!("it has migration {version}, which this program does not know: it is newer"),
            "start the newer program, or name another database",
        ),
        (None, [], 0) => name.good("all there"),
        (None, missing, _) if missing.len() == all.len() => name.warning(
            "there are none yet",
            "the next start makes them; nothing is to be done if this is a new database",
        ),
        (None, [], to_come) => name.warning(
            format!(
                "{to_come} of {} migrations are to come",
                MIGRATIONS.iter().count()
            ),
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
fn without_password(text: &str, url: &SecretString) -> String {
    let parsed = Url::parse(url.expose_secret()).ok();
    let password = parsed.as_ref().and_then(Url::password);
    let text = text.replace(url.expose_secret(), "DATABASE_URL");
    match password {
        Some(password) if !password.is_empty() => text.replace(password, "…"),
        _ => text,
    }
}
