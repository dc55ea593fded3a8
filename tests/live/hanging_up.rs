//! Callers that hang up: what they have begun harms nobody who comes after them.

use crate::tally::{Place, on_both_databases};
use futures_util::future::join_all;
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
