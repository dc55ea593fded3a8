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
const TURNS: usize = 9;
const TURN: Duration = Duration::from_secs(2);

/// Measures it. They take turns, and each turn is compared with its neighbours: a machine whose speed
/// changes meanwhile would otherwise favour one of them.
pub async fn measure(report: &mut Report) {
    eprintln!("writes: {WRITERS} at once, beside sqlx alone; {TURNS} turns of {TURN:?} each");
    let child = Child::start("subject");
    let same = Alone::start(Transaction::Same).await;
    let least = Alone::start(Transaction::Least).await;
    let [mut ours, mut beside_same, mut beside_least] = [const { Vec::new() }; 3];
    let [mut of_same, mut of_least] = [const { Vec::new() }; 2];
    for turn in 1..=TURNS {
        let server = through_the_server(&child).await;
        let alone = [same.per_second().await, least.per_second().await];
        eprintln!(
            "  {turn} of {TURNS}: {server:.0}, {:.0}, {:.0}",
            alone[0], alone[1]
        );
        ours.push(server);
        beside_same.push(alone[0]);
        beside_least.push(alone[1]);
        of_same.push(server / alone[0]);
        of_least.push(server / alone[1]);
    }
    report.note(
        "the same transaction, sqlx alone, per second",
        format!("{:.0}", median(beside_same)),
    );
    report.note(
        "the number without the news, sqlx alone, per second",
        format!("{:.0} ({:.2})", median(beside_least), median(of_least)),
    );
    let (ours, ratio) = (median(ours), median(of_same));
    report.require(
        "numbers added per second through the server function",
        format!("{ours:.0} ({ratio:.2})"),
        "2000, or 0.7 of the first",
        ours >= 2_000.0 || ratio >= 0.7,
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
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
    let [origin, cookie, ..] = &child.greeting[..] else {
        panic!("the server greets with its origin and cookies")
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

/// A database of its own, with a writer's connection and nothing else.
struct Alone {
    transaction: Transaction,
    pool: sqlx::SqlitePool,
    _folder: tempfile::TempDir,
}

impl Alone {
    async fn start(transaction: Transaction) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let store = Store::sqlite(&path).await.expect("a database");
        let made = store.migrate(&sqlx::migrate!()).await;
        made.expect("its tables");
        let pool = sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(
                sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(&path)
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Normal),
            )
            .await
            .expect("a connection");
        let insert = "INSERT INTO users (id, updated_at) VALUES ('user_1', 0)";
        sqlx::query(insert).execute(&pool).await.expect("a user");
        Self {
            transaction,
            pool,
            _folder: folder,
        }
    }

    async fn per_second(&self) -> f64 {
        let (pool, transaction) = (self.pool.clone(), self.transaction);
        per_second(move || write(pool.clone(), transaction)).await
    }
}

async fn write(pool: sqlx::SqlitePool, transaction: Transaction) {
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
            while started.elapsed() < TURN {
                work().await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    writers.join_all().await;
    count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}
