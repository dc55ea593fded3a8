//! `script/authkit backup`, as a process beside a server that runs and writes; and a server that starts on the copy.

use super::{
    command::{run, run_for},
    support::{ADA, App, Browser},
};
use authkit_app::DatabaseSettings;
use reqwest::{Method, StatusCode};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

const WRITERS: i64 = 3;
const BACKUPS: usize = 3;
/// The numbers of a writer begin with so many times its own.
const RANGE: i64 = 100_000;

async fn add(browser: &mut Browser, value: i64) {
    let value = value.to_string();
    let json = [("accept", "application/json")];
    let form = [("value", value.as_str())];
    let answer = browser
        .send(Method::POST, "/api/add_number", &json, Some(&form))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// The values in a database, as its `numbers` table has them.
async fn values(path: &Path) -> Vec<i64> {
    let store = authkit_store::Store::sqlite(path).await.unwrap();
    let mut read = store.read().await.unwrap();
    let values = sqlx::query_scalar("SELECT value FROM numbers ORDER BY value");
    let values = values.fetch_all(&mut *read).await.unwrap();
    drop(read);
    store.close().await;
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_server_that_writes_has_all_that_was_answered_and_a_server_starts_on_it() {
    let app = App::start().await;
    let folder = app.data().to_str().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let answered: Arc<[AtomicI64; WRITERS as usize]> = Arc::default();
    let ada = app.signed_in(ADA).await;
    let writers = answered.iter().zip(0..).map(|(_, writer)| {
        let (mut browser, stop) = (ada.clone(), Arc::clone(&stop));
        let answered = Arc::clone(&answered);
        tokio::spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let own = &answered[usize::try_from(writer).unwrap()];
                let next = own.load(Ordering::SeqCst) + 1;
                // Asserts that the server takes it, whatever a backup does.
                add(&mut browser, writer * RANGE + next).await;
                own.store(next, Ordering::SeqCst);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut last = place.path().to_owned();
    for number in 0..BACKUPS {
        let all = |least: i64| answered.iter().all(|it| it.load(Ordering::SeqCst) >= least);
        while !all(3) {
            tokio::task::yield_now().await;
        }
        let before: Vec<_> = answered
            .iter()
            .map(|it| it.load(Ordering::SeqCst))
            .collect();
        last = place.path().join(format!("{number}.db"));
        let said = run_for(
            &app,
            &["backup", last.to_str().unwrap()],
            &[("DATA_DIR", &folder)],
        )
        .await;
        assert_eq!(said.status, 0, "{said:?}");
        let bytes = fs::metadata(&last).unwrap().len();
        assert!(
            said.out.contains(&format!("{bytes} bytes, complete")),
            "{said:?}"
        );
        let copied = values(&last).await;
        for (writer, before) in (0..).zip(before) {
            let first = writer * RANGE;
            let own: Vec<_> = copied
                .iter()
                .filter(|value| (first..first + RANGE).contains(*value))
                .map(|value| value - first)
                .collect();
            let count = i64::try_from(own.len()).unwrap();
            assert!(count >= before, "{count} of {before} of writer {writer}");
            assert_eq!(own, (1..=count).collect::<Vec<_>>(), "a gap");
        }
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }

    let expected = values(&last).await;
    let restored = App::start_against_with(&app, &[], |settings| {
        let DatabaseSettings::Sqlite(path) = &settings.database else {
            unreachable!()
        };
        fs::copy(&last, path).unwrap();
        settings
    })
    .await;
    let mut ada = restored.signed_in(ADA).await;
    add(&mut ada, 999_999).await;
    let list = ada
        .get_with("/api/list_numbers", &[("accept", "application/json")])
        .await;
    assert!(list.body.contains("\"value\":999999"), "{}", list.body);
    assert_eq!(
        values(&restored.data().join("app.db")).await.len(),
        expected.len() + 1
    );
}

#[tokio::test]
async fn a_file_that_is_there_and_a_database_that_is_not_are_refused() {
    let app = App::start().await;
    let folder = app.data().to_str().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("backup.db");
    fs::write(&file, "mine").unwrap();
    let file = file.to_str().unwrap();
    let said = run(&["backup", file], &[("DATA_DIR", &folder)], "").await;
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("is there already"), "{said:?}");
    assert_eq!(fs::read(file).unwrap(), b"mine");

    let empty = tempfile::tempdir().unwrap();
    let nowhere = empty.path().join("data");
    let to = place.path().join("other.db");
    let arguments = ["backup", to.to_str().unwrap()];
    for folder in [empty.path(), &nowhere] {
        let variables = [("DATA_DIR", folder.to_str().unwrap())];
        let said = run(&arguments, &variables, "").await;
        assert_eq!(said.status, 2, "{said:?}");
        assert!(said.err.contains("there is no database at"), "{said:?}");
    }
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
    assert!(!to.exists());
}

#[tokio::test]
async fn a_database_of_an_older_program_is_copied_and_not_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = authkit_store::Store::sqlite(&path).await.unwrap();
    let old = sqlx::query("CREATE TABLE numbers (value INTEGER)");
    store.execute(old).await.unwrap();
    let to = folder.path().join("backup.db");
    let variables = [("DATA_DIR", folder.path().to_str().unwrap())];
    let said = run(&["backup", to.to_str().unwrap()], &variables, "").await;
    assert_eq!(said.status, 0, "{said:?}");
    for file in [&path, &to] {
        let store = authkit_store::Store::sqlite(file).await.unwrap();
        let mut read = store.read().await.unwrap();
        let tables = sqlx::query_scalar("SELECT name FROM sqlite_master");
        let tables: Vec<String> = tables.fetch_all(&mut *read).await.unwrap();
        assert_eq!(tables, ["numbers"]);
    }
}

#[tokio::test]
async fn postgresql_is_referred_to_pg_dump() {
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("backup.db");
    let url = "postgres://app:hunter2@127.0.0.1:1/app";
    let arguments = ["backup", to.to_str().unwrap()];
    let said = run(&arguments, &[("DATABASE_URL", url)], "").await;
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("pg_dump"), "{said:?}");
    assert!(!said.err.contains("hunter2") && !to.exists(), "{said:?}");
}
