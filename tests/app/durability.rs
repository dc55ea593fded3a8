//! What the database is trusted with: nothing that was acknowledged is lost or doubled, whoever is killed,
//! and nobody touches a database that is newer than they are.

use super::{
    postgres,
    process::Process,
    support::{ADA, ANY_PORT, App, Browser, settings},
};
use authkit_app::{AuthKitSettings, DatabaseSettings, EmulatorSettings, Server, StartError};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::{AnyConnection, Connection, any::install_default_drivers};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// Longer than a process takes to begin to listen.
const PATIENCE: Duration = Duration::from_secs(30);
const JSON: (&str, &str) = ("accept", "application/json");

/// Adds a number; `None` when the server is gone.
async fn add(browser: &mut Browser, value: i64) -> Option<StatusCode> {
    let url = browser.origin.join("/api/add_number").unwrap();
    let answer = browser
        .client()
        .post(url)
        .header("accept", JSON.1)
        .header("cookie", browser.cookie_header())
        .form(&[("value", value.to_string())])
        .send()
        .await
        .ok()?;
    let status = answer.status();
    // Acknowledged is what has been read to its end.
    answer.bytes().await.ok()?;
    Some(status)
}

async fn values(browser: &mut Browser) -> Vec<i64> {
    let path = "/api/list_numbers?count=100";
    let answer = browser.send(Method::GET, path, &[JSON], None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
    let mut values: Vec<_> = body
        .iter()
        .map(|number| number["value"].as_i64().unwrap())
        .collect();
    values.sort_unstable();
    values
}

/// That all of `acknowledged` are among the values, and none is there twice.
#[track_caller]
fn assert_kept(values: &[i64], acknowledged: &[i64]) {
    for value in acknowledged {
        assert!(values.contains(value), "{value} is lost");
    }
    for pair in values.windows(2) {
        assert_ne!(pair[0], pair[1], "doubled");
    }
}

async fn killed_in_a_write(database: (&str, &str)) {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let ada = door.signed_in(ADA).await;
    let mut process = Process::start(crate::PROGRAM, &door, database).await;
    let count = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let (mut browser, count) = (process.browser(&ada), Arc::clone(&count));
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for value in (writer * 1_000).. {
                match add(&mut browser, value).await {
                    Some(StatusCode::OK) => acknowledged.push(value),
                    None => break,
                    other => panic!("{other:?}"),
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            acknowledged
        });
    }
    while count.load(Ordering::Relaxed) < 40 {
        tokio::task::yield_now().await;
    }
    process.kill();
    let acknowledged: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    let again = Process::start(crate::PROGRAM, &door, database).await;
    let values = values(&mut again.browser(&ada)).await;
    // More than the list holds would hide what is lost.
    assert!(values.len() < 100, "{}", values.len());
    assert_kept(&values, &acknowledged);
}

#[tokio::test]
async fn a_process_killed_while_it_writes_to_sqlite_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    killed_in_a_write(("DATA_DIR", folder.path().to_str().unwrap())).await;
}

#[tokio::test]
async fn a_process_killed_while_it_writes_to_postgresql_loses_nothing_it_acknowledged() {
    let database = postgres::shared().await.database().await;
    killed_in_a_write(("DATABASE_URL", &database)).await;
}

#[tokio::test]
async fn processes_that_start_together_on_one_sqlite_file_all_start() {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let database = ("DATA_DIR", folder.path().to_str().unwrap());
    let processes = Process::several(crate::PROGRAM, 4, &door, database).await;
    let ada = door.signed_in(ADA).await;
    for (process, value) in processes.iter().zip(0..) {
        let status = add(&mut process.browser(&ada), value).await;
        assert_eq!(status, Some(StatusCode::OK));
    }
    let values = values(&mut processes[0].browser(&ada)).await;
    assert_eq!(values, [0, 1, 2, 3]);
}

/// A server on this database, built by a program that knows the migrations up to now.
async fn build(database: DatabaseSettings) -> Result<Server, StartError> {
    let data = tempfile::tempdir().unwrap();
    let emulator = AuthKitSettings::Emulator(EmulatorSettings {
        addr: ANY_PORT,
        state_dir: None,
    });
    let mut settings = settings(&data, emulator);
    settings.database = database;
    starter::process::server(settings).await
}

async fn refuses_a_newer_one(settings: DatabaseSettings, url: &str) {
    build(settings.clone()).await.unwrap();
    install_default_drivers();
    let mut database = AnyConnection::connect(url).await.unwrap();
    for statement in [
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'of the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        "DROP TABLE authkit_refresh",
    ] {
        sqlx::query(statement).execute(&mut database).await.unwrap();
    }
    let error = build(settings).await.err().unwrap().to_string();
    assert!(
        error.contains("migration 9999") && error.contains("newer than the program"),
        "{error}"
    );
    let made_again = sqlx::query("SELECT * FROM authkit_refresh")
        .fetch_optional(&mut database)
        .await;
    assert!(made_again.is_err(), "it was not left as it is");
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let url = format!("sqlite:{}", path.display());
    refuses_a_newer_one(DatabaseSettings::Sqlite(path), &url).await;
    let url = postgres::shared().await.database().await;
    refuses_a_newer_one(DatabaseSettings::Postgres(url.clone().into()), &url).await;
}

async fn takes_over_an_older_one(settings: DatabaseSettings, url: &str) {
    drop(build(settings.clone()).await.unwrap());
    install_default_drivers();
    let mut database = AnyConnection::connect(url).await.unwrap();
    for statement in [
        // What version 0.2 left: no keys and no notes of organizations, and none of the libraries' migrations.
        "DROP TABLE authkit_migration",
        "DROP TABLE live_once",
        "DROP TABLE notes",
        "DROP TABLE audit_event",
        "INSERT INTO authkit_revocation (id, deny_until, recorded_at) VALUES ('session_old', 9999999999, 1)",
        "INSERT INTO live_topic (topic, number) VALUES ('old', 7)",
    ] {
        sqlx::query(statement).execute(&mut database).await.unwrap();
    }
    drop(build(settings).await.unwrap());
    for (count, rows) in [
        (
            "SELECT COUNT(*) FROM authkit_revocation WHERE id = 'session_old'",
            1,
        ),
        (
            "SELECT COUNT(*) FROM live_topic WHERE topic = 'old' AND number = 7",
            1,
        ),
        ("SELECT COUNT(*) FROM authkit_migration", 5),
    ] {
        let counted: i64 = sqlx::query_scalar(count)
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(counted, rows, "{count}");
    }
}

#[tokio::test]
async fn a_database_of_an_older_version_is_taken_over_with_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let url = format!("sqlite:{}", path.display());
    takes_over_an_older_one(DatabaseSettings::Sqlite(path), &url).await;
    let url = postgres::shared().await.database().await;
    takes_over_an_older_one(DatabaseSettings::Postgres(url.clone().into()), &url).await;
}

/// What each connection to this database that listens has said last.
async fn listening(database: &mut AnyConnection) -> Vec<String> {
    let last = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let last = sqlx::query_scalar(last).fetch_all(database).await;
    last.unwrap()
}

#[tokio::test]
async fn a_process_listens_to_everything_on_one_connection() {
    let url = postgres::shared().await.database().await;
    let _server = build(DatabaseSettings::Postgres(url.clone().into())).await;
    install_default_drivers();
    let mut database = AnyConnection::connect(&url).await.unwrap();
    let channels = ["authkit_change", "authkit_revocation", "live_topic"];
    let listens_to_all = |said: &String| channels.iter().all(|channel| said.contains(channel));
    let one_listens_to_all = async {
        loop {
            let listening = listening(&mut database).await;
            assert!(listening.len() <= 1, "{listening:?}");
            if listening.iter().any(listens_to_all) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = timeout(PATIENCE, one_listens_to_all).await;
    found.expect("the login and live queries each listen on a connection of their own");
}
