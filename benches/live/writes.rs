//! How many numbers a second can be added through the server function, each in a committed transaction,
//! beside what `sqlx` alone reaches with the same pragmas: in the same transaction, and in the least one that
//! adds a number, of which nobody would hear.

use super::{child::Child, report::Report};
use authkit_leptos::live::server::Store;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const WRITERS: usize = 16;
const TIME: Duration = Duration::from_secs(10);

/// Measures it.
pub async fn measure(report: &mut Report) {
    eprintln!("writes: {WRITERS} at once for {TIME:?}, then the same with sqlx alone, twice");
    let child = Child::start("subject");
    let ours = through_the_server(&child).await;
    drop(child);
    let same = with_sqlx_alone(Transaction::Same).await;
    let least = with_sqlx_alone(Transaction::Least).await;
    report.note(
        "the same transaction, sqlx alone, per second",
        format!("{same:.0}"),
    );
    report.note(
        "the number without the news, sqlx alone, per second",
        format!("{least:.0}"),
    );
    let ratio = ours / same;
    report.require(
        "numbers added per second through the server function",
        format!("{ours:.0} ({ratio:.2})"),
        "2000, or 0.7 of the first",
        ours >= 2_000.0 || ratio >= 0.7,
    );
}

/// What is measured of `sqlx` alone.
#[derive(Clone, Copy, PartialEq)]
enum Transaction {
    /// What the server does for a number.
    Same,
    /// One row, and nobody is told.
    Least,
}

async fn through_the_server(child: &Child) -> f64 {
    let [origin, cookie] = &child.greeting[..] else {
        panic!("the server greets with its origin and a cookie")
    };
    let url = format!("{origin}api/add_number");
    let cookie = cookie.replace(';', "; ");
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("a client");
    per_second(move || {
        let request = client
            .post(&url)
            .header("accept", "application/json")
            .header("cookie", &cookie)
            .form(&[("value", "7")]);
        async move {
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.expect("a body");
        }
    })
    .await
}

async fn with_sqlx_alone(transaction: Transaction) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::sqlite(&folder.path().join("app.db")).await;
    let store = store.expect("a database");
    let made = store.migrate(&sqlx::migrate!()).await;
    made.expect("its tables");
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_with(
            sqlx::sqlite::SqliteConnectOptions::new()
                .filename(folder.path().join("app.db"))
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Normal),
        )
        .await
        .expect("a connection");
    let insert = "INSERT INTO users (id, updated_at) VALUES ('user_1', 0)";
    sqlx::query(insert).execute(&pool).await.expect("a user");
    per_second(move || {
        let pool = pool.clone();
        async move {
            let mut write = pool.begin_with("BEGIN IMMEDIATE").await.expect("a lock");
            sqlx::query(
                "INSERT INTO numbers (id, value, added_by, added_at) \
                 SELECT $1, 7, users.id, 0 FROM users WHERE users.id = 'user_1'",
            )
            .bind(ulid::Ulid::new().to_string())
            .execute(&mut *write)
            .await
            .expect("a number");
            if transaction == Transaction::Same {
                sqlx::query(
                    "INSERT INTO live_topic (topic, number) VALUES ('numbers', 1) \
                     ON CONFLICT (topic) DO UPDATE SET number = live_topic.number + 1 RETURNING number",
                )
                .fetch_one(&mut *write)
                .await
                .expect("a count");
            }
            write.commit().await.expect("a commit");
        }
    })
    .await
}

/// How often it is done in a second by all writers together.
async fn per_second<F: Future<Output = ()> + Send + 'static>(
    work: impl Fn() -> F + Clone + Send + 'static,
) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (work, count) = (work.clone(), Arc::clone(&count));
        writers.spawn(async move {
            while started.elapsed() < TIME {
                work().await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    writers.join_all().await;
    count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}
