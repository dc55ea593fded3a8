//! Backups of an SQLite database that is being written, and what is refused.

use authkit_store::{BackupError, Store};
use futures_util::future::join_all;
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use test_support::postgres;

const WRITERS: usize = 4;
const BACKUPS: usize = 5;

/// A store with an empty table of numbers: of all, and of each writer.
async fn numbers(path: &Path) -> Store {
    let store = Store::sqlite(path).await.unwrap();
    let create = "CREATE TABLE numbers (number INTEGER PRIMARY KEY, writer INTEGER NOT NULL, own INTEGER NOT NULL, \
                  filling TEXT NOT NULL); \
                  CREATE UNIQUE INDEX numbers_own ON numbers (writer, own)";
    let mut write = store.write().await.unwrap();
    sqlx::raw_sql(create).execute(&mut *write).await.unwrap();
    write.commit().await.unwrap();
    store
}

/// Adds a writer's next number.
async fn add(store: &Store, writer: i64, own: i64) -> Result<(), authkit_store::StoreError> {
    let mut write = store.write().await?;
    let insert = "INSERT INTO numbers (number, writer, own, filling) \
                  SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3 FROM numbers";
    let insert = sqlx::query(insert).bind(writer).bind(own);
    insert.bind("x".repeat(500)).execute(&mut *write).await?;
    write.commit().await
}

/// How many numbers a database has of one writer, or of all; that there is no gap is asserted.
async fn count(store: &Store, writer: Option<i64>) -> i64 {
    let query = match writer {
        None => "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM numbers".to_owned(),
        Some(writer) => {
            format!("SELECT COUNT(*), COALESCE(MAX(own), 0) FROM numbers WHERE writer = {writer}")
        }
    };
    let mut read = store.read().await.unwrap();
    let query = sqlx::query_as(&query);
    let (count, last): (i64, i64) = query.fetch_one(&mut *read).await.unwrap();
    assert_eq!(count, last, "a gap, {writer:?}");
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_all_that_was_committed_before_and_no_gap_while_several_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = numbers(&path).await;
    // Some megabytes, so that a copy takes a while.
    let fill = "INSERT INTO numbers (number, writer, own, filling) \
                WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000) \
                SELECT n, 99, n, hex(randomblob(250)) FROM n";
    store.execute(sqlx::query(fill)).await.unwrap();
    // Half of the writers are of another process, as far as SQLite can tell.
    let other = Store::sqlite(&path).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let committed: Arc<[AtomicI64; WRITERS]> = Arc::default();
    let writers = (0..WRITERS).map(|writer| {
        let store = [&store, &other][writer % 2].clone();
        let (stop, committed) = (Arc::clone(&stop), Arc::clone(&committed));
        tokio::spawn(async move {
            let id = i64::try_from(writer).unwrap();
            while !stop.load(Ordering::SeqCst) {
                let own = committed[writer].load(Ordering::SeqCst) + 1;
                // Refused or slow would be an error here: a backup holds up no writer.
                add(&store, id, own).await.unwrap();
                committed[writer].store(own, Ordering::SeqCst);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut meanwhile = 0;
    for number in 0..BACKUPS {
        while committed.iter().any(|it| it.load(Ordering::SeqCst) < 5) {
            tokio::task::yield_now().await;
        }
        let before: Vec<_> = committed
            .iter()
            .map(|it| it.load(Ordering::SeqCst))
            .collect();
        let to = folder.path().join(format!("backup-{number}.db"));
        let made = store.backup(&to).await.unwrap();
        meanwhile += committed
            .iter()
            .map(|it| it.load(Ordering::SeqCst))
            .sum::<i64>()
            - before.iter().sum::<i64>();
        assert_eq!(made.bytes, fs::metadata(&to).unwrap().len());
        let copy = Store::sqlite(&to).await.unwrap();
        let mut all = 20_000;
        for (writer, before) in (0..).zip(before) {
            let count = count(&copy, Some(writer)).await;
            assert!(count >= before, "{count} of {before} of writer {writer}");
            all += count;
        }
        assert_eq!(count(&copy, None).await, all);
        copy.close().await;
    }
    stop.store(true, Ordering::SeqCst);
    for written in join_all(writers).await {
        written.unwrap();
    }
    eprintln!("meanwhile {meanwhile}");
    assert!(meanwhile > 0, "writers went on while it was made");
    let all: i64 = committed.iter().map(|it| it.load(Ordering::SeqCst)).sum();
    assert_eq!(count(&store, None).await, 20_000 + all);
}

#[tokio::test]
async fn a_copy_is_written_on_like_the_database_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let store = numbers(&folder.path().join("app.db")).await;
    add(&store, 0, 1).await.unwrap();
    // A name that SQLite would take for a URI, if it were not absolute.
    let to = folder.path().join("file:a b?mode=memory.db");
    store.backup(&to).await.unwrap();
    add(&store, 0, 2).await.unwrap();
    let copy = Store::sqlite(&to).await.unwrap();
    assert_eq!(count(&copy, None).await, 1);
    add(&copy, 0, 2).await.unwrap();
    assert!(add(&copy, 0, 2).await.is_err(), "its index is there");
}

#[tokio::test]
async fn a_file_that_is_there_is_left_as_it_is_and_so_is_a_backup_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = numbers(&folder.path().join("app.db")).await;
    let to = folder.path().join("backup.db");
    fs::write(&to, "mine").unwrap();
    let refused = store.backup(&to).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
    assert_eq!(fs::read(&to).unwrap(), b"mine");

    let other = folder.path().join("other.db");
    let incomplete = folder.path().join("other.db.incomplete");
    fs::write(&incomplete, "half").unwrap();
    let refused = store.backup(&other).await.unwrap_err();
    assert!(matches!(refused, BackupError::Incomplete(_)), "{refused}");
    assert_eq!(fs::read(&incomplete).unwrap(), b"half");
    assert!(!other.exists());

    let nowhere = folder.path().join("no/folder/backup.db");
    let refused = store.backup(&nowhere).await.unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_is_its_owners_alone_and_nothing_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = numbers(&folder.path().join("app.db")).await;
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("backup.db");
    store.backup(&to).await.unwrap();
    let mode = fs::metadata(&to).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let files: Vec<_> = fs::read_dir(place.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "{files:?}");
}

#[tokio::test]
async fn a_damaged_database_has_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&folder.path().join("app.db")).await.unwrap();
    // What SQLite copies without a word, and its check finds.
    let damage = "CREATE TABLE named (name TEXT); INSERT INTO named VALUES (NULL); \
                  PRAGMA writable_schema = ON; \
                  UPDATE sqlite_master SET sql = 'CREATE TABLE named (name TEXT NOT NULL)'; \
                  PRAGMA writable_schema = RESET";
    let mut connection = store.connection().await.unwrap();
    let damaged = sqlx::raw_sql(damage).execute(&mut connection).await;
    damaged.unwrap();
    drop(connection);
    let to = folder.path().join("backup.db");
    let refused = store.backup(&to).await.unwrap_err();
    assert!(matches!(refused, BackupError::Damaged(_)), "{refused}");
    assert!(!to.exists() && !folder.path().join("backup.db.incomplete").exists());
}

#[tokio::test]
async fn postgresql_is_left_to_its_own_program() {
    let url = postgres::shared().await.database().await;
    let store = Store::postgres(&url).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup.db");
    let refused = store.backup(&to).await.unwrap_err();
    assert!(refused.to_string().contains("pg_dump"), "{refused}");
    assert!(!to.exists());
}
