//! The tables of a library are migrated by number, on SQLite and on PostgreSQL.

use authkit_store::{MIGRATION_TABLE, Store, StoreError};
use futures_util::future::join_all;
use tempfile::TempDir;
use test_support::postgres;

const LIBRARY: &str = "a-library";
/// As an old version made its table, without a number.
const OLD: &str = "CREATE TABLE notes (text TEXT NOT NULL); INSERT INTO notes VALUES ('kept')";
/// The first of them copes with [`OLD`]; the second fails when it is applied twice.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL)",
    "ALTER TABLE notes ADD COLUMN written_at BIGINT NOT NULL DEFAULT 7",
];

/// A database, and how a process opens it.
enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Place {
    async fn both() -> [Self; 2] {
        let url = postgres::shared().await.database().await;
        [
            Self::Sqlite(tempfile::tempdir().unwrap()),
            Self::Postgres(url),
        ]
    }

    async fn open(&self) -> Store {
        match self {
            Self::Sqlite(folder) => Store::sqlite(&folder.path().join("app.db")).await.unwrap(),
            Self::Postgres(url) => Store::postgres(url).await.unwrap(),
        }
    }
}

/// What the table of notes says of the library.
async fn noted(store: &Store) -> Vec<(i64, String)> {
    let mut read = store.read().await.unwrap();
    let noted = format!("SELECT number, library FROM {MIGRATION_TABLE} ORDER BY number");
    sqlx::query_as(&noted).fetch_all(&mut *read).await.unwrap()
}

#[tokio::test]
async fn an_old_database_is_taken_over_with_its_rows() {
    for place in Place::both().await {
        let store = place.open().await;
        let mut write = store.write().await.unwrap();
        sqlx::raw_sql(OLD).execute(&mut *write).await.unwrap();
        write.commit().await.unwrap();

        store.migrate(LIBRARY, MIGRATIONS).await.unwrap();
        store.migrate(LIBRARY, MIGRATIONS).await.unwrap();

        let mut read = store.read().await.unwrap();
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT text, written_at FROM notes")
            .fetch_all(&mut *read)
            .await
            .unwrap();
        assert_eq!(rows, [("kept".to_owned(), 7)]);
        let library = || LIBRARY.to_owned();
        assert_eq!(noted(&store).await, [(1, library()), (2, library())]);
    }
}

#[tokio::test]
async fn processes_that_start_at_once_apply_each_migration_once() {
    for place in Place::both().await {
        let starting = (0..6).map(async |_| {
            let store = place.open().await;
            store.migrate(LIBRARY, MIGRATIONS).await
        });
        for migrated in join_all(starting).await {
            migrated.unwrap();
        }
        assert_eq!(noted(&place.open().await).await.len(), 2);
    }
}

#[tokio::test]
async fn a_migration_that_was_changed_is_refused_and_nothing_is_applied() {
    for place in Place::both().await {
        let store = place.open().await;
        store.migrate(LIBRARY, &MIGRATIONS[..1]).await.unwrap();
        let changed = ["CREATE TABLE other (text TEXT)", MIGRATIONS[1]];
        let refused = store.migrate(LIBRARY, &changed).await.unwrap_err();
        let StoreError::EditedLibrary { library, number: 1 } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(library, LIBRARY);
        assert_eq!(noted(&store).await.len(), 1);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_by_name_with_both_numbers() {
    for place in Place::both().await {
        let store = place.open().await;
        store.migrate(LIBRARY, MIGRATIONS).await.unwrap();
        let refused = store.migrate(LIBRARY, &MIGRATIONS[..1]).await.unwrap_err();
        let said = refused.to_string();
        assert!(said.contains("migration 2 of a-library"), "{said}");
        assert!(said.contains("knows migrations up to 1"), "{said}");
        // Another library is not concerned.
        store
            .migrate("another", &["CREATE TABLE other (text TEXT)"])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    for place in Place::both().await {
        let store = place.open().await;
        let broken = [MIGRATIONS[0], "ALTER TABLE nowhere ADD COLUMN more TEXT"];
        store.migrate(LIBRARY, &broken).await.unwrap_err();
        store.migrate(LIBRARY, MIGRATIONS).await.unwrap();
        assert_eq!(noted(&store).await.len(), 2);
    }
}
