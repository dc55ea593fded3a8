//! How many numbers a second can be added through the server function, each in a committed transaction,
//! beside what `sqlx` alone reaches with the same pragmas: in the same transaction, in one that notes no key, and in the
//! smallest one that adds a number and counts no topic up.

use super::child::Child;
use authkit_live::server::Store;
use bench_report::{Report, Wanted, median, sorted};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

const WRITERS: usize = 16;
const TURNS: usize = 9;
const TURN: Duration = Duration::from_secs(2);
/// As many as the server writes with.
const CONNECTIONS: u32 = 3;
const OF_ALONE: f64 = 0.8;

/// Measures it. They take turns, and each turn is compared with its neighbours: a machine whose speed
/// changes meanwhile would otherwise favour one of them.
pub async fn measure(report: &mut Report) {
    eprintln!("writes: {WRITERS} at once, beside sqlx alone; {TURNS} turns of {TURN:?} each");
    let child = Child::start("subject");
    let alone = [
        Alone::start(Transaction::Same, 1).await,
        Alone::start(Transaction::Same, CONNECTIONS).await,
        Alone::start(Transaction::WithoutKey, CONNECTIONS).await,
        Alone::start(Transaction::Least, CONNECTIONS).await,
    ];
    let mut ours = Vec::new();
    let mut theirs = alone.each_ref().map(|_| Vec::new());
    let mut ratios = alone.each_ref().map(|_| Vec::new());
    for turn in 1..=TURNS {
        let server = through_the_server(&child).await;
        ours.push(server);
        for ((alone, theirs), ratios) in alone.iter().zip(&mut theirs).zip(&mut ratios) {
            let per_second = alone.per_second().await;
            theirs.push(per_second);
            ratios.push(server / per_second);
        }
        eprintln!("  {turn} of {TURNS}");
    }
    let names = [
        "the same transaction, sqlx alone, one connection",
        "the same transaction, sqlx alone, three that take turns",
        "the number and the news, and no key noted, sqlx alone, the same three",
        "the number alone, sqlx alone, the same three",
    ];
    let ratios = ratios.map(|it| median(&sorted(it)));
    for ((name, theirs), ratio) in names.into_iter().zip(theirs).zip(ratios) {
        let theirs = median(&sorted(theirs));
        report.note(
            name,
            format!("{theirs:.0} a second"),
            format!("through the server {ratio:.2} of it"),
        );
    }
    let ours = median(&sorted(ours));
    // Of the same transaction, by the faster way.
    let ratio = ratios[0].min(ratios[1]);
    report.require(
        "numbers added through the server function",
        format!("{ours:.0} a second"),
        format!("{ratio:.2} of the same transaction"),
        format!("at least {OF_ALONE} of it"),
        ratio >= OF_ALONE,
    );
    let what = "numbers added a second, of sqlx alone";
    report.bar(what, ratio, Some(Wanted::AtLeast(OF_ALONE)));
}

/// What is measured of `sqlx` alone.
#[derive(Clone, Copy, PartialEq)]
enum Transaction {
    /// What the server does for a number: it looks for the key, and notes what was done under it.
    Same,
    /// A number that would be added again if it was asked for again.
    WithoutKey,
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
            // As a page does: what was done under it is noted in the same transaction.
            .header("idempotency-key", ulid::Ulid::new().to_string())
            .form(&[("value", "7")]);
        async move {
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.expect("a body");
        }
    })
    .await
}

/// A database of its own, with connections to write and nothing else.
struct Alone {
    transaction: Transaction,
    pool: sqlx::SqlitePool,
    /// One writes while the others come back to the pool.
    turn: Arc<Semaphore>,
    _folder: tempfile::TempDir,
}

impl Alone {
    async fn start(transaction: Transaction, connections: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let store = Store::sqlite(&path).await.expect("a database");
        let made = store.migrate(&sqlx::migrate!()).await;
        made.expect("its tables");
        let pool = sqlx::sqlite::SqlitePoolOptions::new()
            .min_connections(connections)
            .max_connections(connections)
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
            turn: Arc::new(Semaphore::new(1)),
            _folder: folder,
        }
    }

    async fn per_second(&self) -> f64 {
        let (pool, turn) = (self.pool.clone(), Arc::clone(&self.turn));
        let transaction = self.transaction;
        per_second(move || write(pool.clone(), Arc::clone(&turn), transaction)).await
    }
}

async fn write(pool: sqlx::SqlitePool, turn: Arc<Semaphore>, transaction: Transaction) {
    let _turn = turn.acquire().await.expect("it is never closed");
    let mut write = pool.begin_with("BEGIN IMMEDIATE").await.expect("a lock");
    let key = ulid::Ulid::new().to_string();
    if transaction == Transaction::Same {
        let known: Option<(String, String, String)> = sqlx::query_as(
            "SELECT digest, answer, topics FROM live_once WHERE caller = 'user_1' AND once = $1",
        )
        .bind(&key)
        .fetch_optional(&mut *write)
        .await
        .expect("an answer");
        assert!(known.is_none(), "a new key is not known");
    }
    sqlx::query(
        "INSERT INTO numbers (id, value, added_by, added_at) \
         SELECT $1, 7, users.id, 0 FROM users WHERE users.id = 'user_1'",
    )
    .bind(ulid::Ulid::new().to_string())
    .execute(&mut *write)
    .await
    .expect("a number");
    if transaction != Transaction::Least {
        sqlx::query(
            "INSERT INTO live_topic (topic, number) VALUES ('numbers', 1) \
             ON CONFLICT (topic) DO UPDATE SET number = live_topic.number + 1 RETURNING number",
        )
        .fetch_one(&mut *write)
        .await
        .expect("a count");
    }
    if transaction == Transaction::Same {
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO live_once (caller, once, digest, answer, topics, used_at, number) \
             VALUES ('user_1', $1, $2, $3, $4, $5, \
                     (SELECT COALESCE(MAX(number), 0) + 1 FROM live_once WHERE caller = 'user_1')) \
             ON CONFLICT (caller, once) DO NOTHING RETURNING number",
        )
        .bind(&key)
        .bind("8f14e45fceea167a5a36dedd4bea2543f3b1c2d4e5f60718293a4b5c6d7e8f90")
        .bind("{\"id\":\"01KB3J9W3GXZP5VYW0S9YVJ7AB\"}")
        .bind("[[\"numbers\",1]]")
        .bind(jiff::Timestamp::now().as_millisecond())
        .fetch_one(&mut *write)
        .await
        .expect("a place among the keys");
        if number > 10_000 && number % 100 == 0 {
            sqlx::query("DELETE FROM live_once WHERE caller = 'user_1' AND number <= $1")
                .bind(number - 10_000)
                .execute(&mut *write)
                .await
                .expect("room");
        }
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
