//! An SQLite file that can't grow refuses what is written, and is as good as before when there is space again.

use authkit_store::Store;

/// More than the pool has connections.
const TRIES: usize = 40;

#[tokio::test]
async fn a_full_disk_leaves_no_connection_that_can_begin_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&folder.path().join("app.db")).await.unwrap();
    let create = sqlx::query("CREATE TABLE notes (text TEXT NOT NULL)");
    store.execute(create).await.unwrap();

    let mut write = store.write().await.unwrap();
    // For this connection only: to SQLite the same as a disk without space.
    sqlx::query("PRAGMA max_page_count = 1")
        .execute(&mut *write)
        .await
        .unwrap();
    let insert = "INSERT INTO notes VALUES (hex(zeroblob(1000000)))";
    let refused = sqlx::query(insert).execute(&mut *write).await.unwrap_err();
    let code = refused.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("13"), "{refused}");
    drop(write);

    for _ in 0..TRIES {
        store.read().await.unwrap();
        let mut write = store.write().await.unwrap();
        let inserted = sqlx::query(insert).execute(&mut *write).await;
        inserted.unwrap();
        write.commit().await.unwrap();
    }
}
