//! Callers that hang up: what they have begun harms nobody who comes after them.

use crate::{
    postgres,
    tally::{Place, on_both_databases},
};
use authkit_store::postgres_options;
use futures_util::future::join_all;
use sqlx::{Executor, postgres::PgPoolOptions};
use std::time::Duration;
use tokio::time::timeout;

on_both_databases!(a_transaction_that_nobody_waits_for_is_not_left_open);

/// More than there are connections of any kind.
const CALLERS: u64 = 12;

async fn a_transaction_that_nobody_waits_for_is_not_left_open(place: Place) {
    let store = place.store().await;
    for microseconds in (0..3_000).step_by(7) {
        let patience = Duration::from_micros(microseconds);
        let _ = timeout(patience, store.read()).await;
        let _ = timeout(patience, store.write()).await;
    }
    // Connections take turns.
    for _ in 0..CALLERS {
        let mut read = store.read().await.unwrap();
        let rows = sqlx::query("SELECT 1").fetch_all(&mut *read).await;
        assert_eq!(rows.unwrap().len(), 1);
    }
    let writes = (0..CALLERS).map(async |_| {
        let mut write = store.write().await.unwrap();
        let insert = sqlx::query("INSERT INTO tally (kind) VALUES ('hung up')");
        insert.execute(&mut *write).await.unwrap();
        write.commit().await.unwrap();
    });
    join_all(writes).await;
    // As somebody else sees it.
    let mut read = place.store().await.read().await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM tally")
        .fetch_one(&mut *read)
        .await
        .unwrap();
    assert_eq!(rows, i64::try_from(CALLERS).unwrap());
}

/// Whatever has happened to it, and whoever made the pool.
#[tokio::test]
async fn a_connection_to_postgresql_comes_back_without_its_transaction() {
    let database = postgres::shared().await.database().await;
    let pool = postgres_options(PgPoolOptions::new().max_connections(1));
    let pool = pool.connect(&database).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    // `sqlx` does not count this one, as it does not count one whose beginning it was kept from seeing.
    let begin = "BEGIN; SELECT pg_current_xact_id()";
    connection.execute(begin).await.unwrap();
    drop(connection);
    let outside: bool = sqlx::query_scalar("SELECT pg_current_xact_id_if_assigned() IS NULL")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(outside, "the transaction is still open");
}
