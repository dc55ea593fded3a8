//! Whether a process is ready, as proxies ask it, and how it waits at its start for a database that is still coming up.

use super::{
    postgres::{self, Postgres},
    support::{App, emulator_settings, settings},
};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault};
use http::{StatusCode, header::CACHE_CONTROL};
use std::time::Duration;
use tokio::time::timeout;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two questions.
const LATER: Duration = Duration::from_millis(200);

/// What the app says, once it is another answer than `not`.
async fn says_other_than(app: &App, not: &str) -> (StatusCode, String) {
    let changed = async {
        loop {
            let (status, said) = says(app).await;
            if said != not {
                return (status, said);
            }
            tokio::time::sleep(LATER).await;
        }
    };
    timeout(PATIENCE, changed).await.expect("another answer")
}

async fn says(app: &App) -> (StatusCode, String) {
    let answer = reqwest::get(app.address().join("/readyz").unwrap());
    let answer = answer.await.unwrap();
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    let status = answer.status();
    (status, answer.text().await.unwrap())
}

async fn is_alive(app: &App) -> bool {
    let answer = reqwest::get(app.address().join("/healthz").unwrap());
    answer
        .await
        .is_ok_and(|answer| answer.status() == StatusCode::OK)
}

#[tokio::test]
async fn a_process_with_all_it_needs_is_ready() {
    let app = App::start().await;
    assert_eq!(says(&app).await, (StatusCode::OK, "ready".to_owned()));
}

#[tokio::test]
async fn a_process_that_loses_the_database_says_so_and_stays_in_its_proxy() {
    let mut postgres = Postgres::start().await;
    let database = postgres.database().await;
    let app = App::start_on(DatabaseSettings::Postgres(database.into())).await;
    assert_eq!(says(&app).await.1, "ready");
    postgres.stop().await;
    let (status, said) = says_other_than(&app, "ready").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(said, "ready, without database, migrations");
    assert!(is_alive(&app).await);
    postgres.start_again().await;
    assert_eq!(says_other_than(&app, &said).await.1, "ready");
}

#[tokio::test]
async fn a_process_that_could_never_fetch_the_keys_is_not_ready_and_one_that_could_stays_so() {
    let host = App::start().await;
    host.control.set_fault(Endpoint::Jwks, Fault::reset());
    let app = App::start_against(&host, &[]).await;
    let (status, said) = says(&app).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(said, "not ready: keys");
    host.control.clear_faults();
    // The keys are asked for again after five seconds.
    app.advance(10);
    assert_eq!(says_other_than(&app, &said).await.1, "ready");
    host.control.set_fault(Endpoint::Jwks, Fault::reset());
    let fetches = host.control.calls_of(Endpoint::Jwks);
    app.advance(2 * 3_600);
    let asked_in_vain = async {
        while host.control.calls_of(Endpoint::Jwks) == fetches {
            assert_eq!(says(&app).await.1, "ready");
            tokio::time::sleep(LATER).await;
        }
    };
    timeout(PATIENCE, asked_in_vain)
        .await
        .expect("the keys are asked for");
    assert_eq!(says(&app).await.1, "ready");
}

#[tokio::test]
async fn a_database_without_the_tables_is_not_what_this_program_needs() {
    for forget in [
        "DELETE FROM authkit_migration WHERE library = 'authkit-leptos'",
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    ] {
        let app = App::start().await;
        let file = app.data().join("app.db");
        let url = format!("sqlite:{}", file.display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        assert_eq!(says(&app).await.1, "ready");
        sqlx::query(forget).execute(&pool).await.unwrap();
        let said = says_other_than(&app, "ready").await.1;
        assert_eq!(said, "ready, without migrations", "{forget}");
    }
}

#[tokio::test]
async fn a_start_waits_for_a_database_that_is_still_coming_up_and_no_longer_than_it_may() {
    let mut postgres = Postgres::start().await;
    let database = postgres.database().await;
    postgres.stop().await;
    let start = async |wait| {
        let data = tempfile::tempdir().unwrap();
        let mut settings = settings(&data, emulator_settings());
        settings.database = DatabaseSettings::Postgres(database.clone().into());
        settings.database_wait = wait;
        starter::process::server(settings).await
    };
    let refused = start(Duration::ZERO).await.err().unwrap().to_string();
    assert!(refused.contains("DATABASE_URL"), "{refused}");
    let (started, ()) = tokio::join!(start(PATIENCE), postgres.start_again());
    assert!(started.is_ok(), "{:?}", started.err());
}

#[tokio::test]
async fn a_password_that_is_wrong_is_not_waited_for() {
    let postgres = postgres::shared().await;
    let database = postgres.database().await;
    let (user, rest) = database.split_once('@').unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.database = DatabaseSettings::Postgres(format!("{user}0@{rest}").into());
    settings.database_wait = Duration::from_secs(3_600);
    let refused = timeout(PATIENCE, starter::process::server(settings)).await;
    let refused = refused.expect("it waits").err().unwrap().to_string();
    assert!(refused.contains("password"), "{refused}");
}
