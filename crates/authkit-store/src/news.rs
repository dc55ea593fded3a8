//! [`Listener`]: what other processes write to the database.
//!
//! One task per store hears of it and tells all listeners: by LISTEN on PostgreSQL, by looking every second where a pooler
//! keeps notifications away, and by the version of an SQLite file, every quarter of a second. It ends with the store.
//! Reads no table: listeners do.

use crate::{
    error::StoreError,
    hearing::{are_lent, hears},
    pool::Pool,
    transaction::in_time,
};
use sqlx::{ConnectOptions, Executor, PgPool, SqliteConnection, SqlitePool, postgres::PgListener};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast},
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often the version of an SQLite file is read.
const POLL: Duration = Duration::from_millis(250);
/// How often listeners look at PostgreSQL where nothing is heard.
const POLL_DEAF: Duration = Duration::from_secs(1);
/// After this time without a notification listeners look: a connection may have gone deaf.
const SILENCE: Duration = Duration::from_secs(30);
/// The wait before connecting again, more or less.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a statement of the listening connection may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// News that a slow listener may be behind before it has to read everything.
const BACKLOG: usize = 1024;

/// What a [`Listener`] hears.
#[derive(Clone, Debug)]
pub enum News {
    /// What is written from now on is heard of. What was written before may have been missed: read everything.
    Listening,
    /// A notification of PostgreSQL.
    Notification {
        /// Its channel.
        channel: Arc<str>,
        /// Its payload.
        payload: Arc<str>,
    },
    /// Something may have been written since the last news: look.
    Changed,
    /// No notification for half a minute, on a connection that answers; it may have missed some. Look.
    Silence,
    /// The connection is lost. Nothing is heard until [`Listening`](Self::Listening).
    Lost(Arc<StoreError>),
}

/// Hears of what other processes write, and on SQLite also of what this one writes. Made by
/// [`Store::listen`](crate::Store::listen); does not keep the store alive.
#[derive(Debug)]
pub struct Listener {
    channels: &'static [&'static str],
    news: broadcast::Receiver<News>,
}

impl Listener {
    /// What comes next; the first is [`News::Listening`], or [`News::Lost`] if the database is out of reach. `None` once
    /// the store is gone.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            match self.news.recv().await {
                Ok(News::Notification { channel, .. }) if !self.channels.contains(&&*channel) => {}
                Ok(news) => return Some(news),
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(News::Listening),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// All listeners of a store.
pub struct Hub {
    shared: Arc<Shared>,
    is_started: AtomicBool,
    ending: CancellationToken,
    /// Ends the task.
    _end: DropGuard,
}

struct Shared {
    news: broadcast::Sender<News>,
    channels: Mutex<BTreeSet<&'static str>>,
    /// There is a new listener.
    joined: Notify,
}

impl Default for Hub {
    fn default() -> Self {
        let (news, _) = broadcast::channel(BACKLOG);
        let ending = CancellationToken::new();
        Self {
            shared: Arc::new(Shared {
                news,
                channels: Mutex::default(),
                joined: Notify::new(),
            }),
            is_started: AtomicBool::new(false),
            _end: ending.clone().drop_guard(),
            ending,
        }
    }
}

impl Hub {
    /// One more listener. The first starts the task.
    pub fn listen(&self, channels: &'static [&'static str], pool: &Pool) -> Listener {
        let news = self.shared.news.subscribe();
        self.shared.channels().extend(channels);
        self.shared.joined.notify_one();
        if !self.is_started.swap(true, Ordering::Relaxed) {
            let hearing = hear(pool.clone(), Arc::clone(&self.shared));
            tokio::spawn(self.ending.clone().run_until_cancelled_owned(hearing));
        }
        Listener { channels, news }
    }

    /// Ends the task, which gives its connection back.
    pub fn end(&self) {
        self.ending.cancel();
    }
}

impl Shared {
    fn channels(&self) -> std::sync::MutexGuard<'_, BTreeSet<&'static str>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: News) {
        // All listeners may be gone.
        let _ = self.news.send(news);
    }

    /// All channels of all listeners there are by now.
    async fn listen_all(&self, listener: &mut PgListener) -> Result<(), StoreError> {
        let channels: Vec<_> = self.channels().iter().copied().collect();
        in_time(PATIENCE, listener.listen_all(channels)).await
    }
}

async fn hear(pool: Pool, shared: Arc<Shared>) {
    loop {
        let lost = match &pool {
            Pool::Sqlite(pool) => poll(pool, &shared).await,
            Pool::Postgres(pool) => listen(pool, &shared).await,
        };
        let Err(error) = lost;
        shared.tell(News::Lost(Arc::new(error)));
        sleep(jittered(PAUSE)).await;
    }
}

/// Ends when the connection does.
async fn listen(pool: &PgPool, shared: &Shared) -> Result<Infallible, StoreError> {
    if are_lent(&pool.connect_options()).await? {
        return look(pool, shared).await;
    }
    let mut listener = in_time(PATIENCE, PgListener::connect_with(pool)).await?;
    // Else a lost connection is told only once there is another one.
    listener.eager_reconnect(false);
    if !hears(&mut listener, pool).await? {
        // Its connection is of use to others.
        drop(listener);
        return look(pool, shared).await;
    }
    shared.listen_all(&mut listener).await?;
    shared.tell(News::Listening);
    loop {
        let heard = tokio::select! {
            heard = timeout(SILENCE, listener.try_recv()) => heard,
            () = shared.joined.notified() => {
                shared.listen_all(&mut listener).await?;
                shared.tell(News::Listening);
                continue;
            }
        };
        match heard {
            Ok(Ok(Some(heard))) => shared.tell(News::Notification {
                channel: heard.channel().into(),
                payload: heard.payload().into(),
            }),
            Ok(Ok(None)) => return Err(sqlx::Error::PoolClosed.into()),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                // Also makes sure that the connection is still there.
                shared.listen_all(&mut listener).await?;
                shared.tell(News::Silence);
            }
        }
    }
}

/// Ends when the database can't be read.
async fn look(pool: &PgPool, shared: &Shared) -> Result<Infallible, StoreError> {
    tracing::warn!(
        reason = "notifications_lost",
        "no notification of PostgreSQL comes through, as behind a pooler in transaction mode: looking every second for \
         what other processes write"
    );
    shared.tell(News::Listening);
    loop {
        tokio::select! {
            () = sleep(POLL_DEAF) => {
                in_time(PATIENCE, pool.execute("SELECT 1")).await?;
                shared.tell(News::Changed);
            }
            () = shared.joined.notified() => shared.tell(News::Listening),
        }
    }
}

/// Ends when the file can't be read.
async fn poll(pool: &SqlitePool, shared: &Shared) -> Result<Infallible, StoreError> {
    let (mut pooled, mut own);
    // Always the same one: the version tells what other connections have written.
    let connection: &mut SqliteConnection = match pool.options().get_max_connections() {
        // The app's own pool, which has none to spare.
        1 => {
            own = in_time(PATIENCE, pool.connect_options().connect()).await?;
            &mut own
        }
        _ => {
            pooled = in_time(PATIENCE, pool.acquire()).await?;
            &mut pooled
        }
    };
    let mut known = data_version(connection).await?;
    shared.tell(News::Listening);
    loop {
        tokio::select! {
            () = sleep(POLL) => {
                let version = data_version(connection).await?;
                if std::mem::replace(&mut known, version) != version {
                    shared.tell(News::Changed);
                }
            }
            () = shared.joined.notified() => shared.tell(News::Listening),
        }
    }
}

/// A number that is another one once another connection has written to the file. Costs next to nothing.
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let version = sqlx::query_scalar("PRAGMA data_version");
    in_time(PATIENCE, version.fetch_one(connection)).await
}

/// A little more or less than `pause`: processes that wait for the same thing should not all come at once.
fn jittered(pause: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.75 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[tokio::test]
    async fn all_listeners_of_a_file_hear_what_another_process_writes_and_end_with_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let store = Store::sqlite(&path).await.unwrap();
        let other = Store::sqlite(&path).await.unwrap();
        let mut listeners = [store.listen(&["one"]), store.listen(&["two"])];
        for listener in &mut listeners {
            assert!(matches!(listener.next().await, Some(News::Listening)));
        }
        other
            .execute(sqlx::query("CREATE TABLE news (id TEXT)"))
            .await
            .unwrap();
        for listener in &mut listeners {
            while !matches!(listener.next().await.unwrap(), News::Changed) {}
        }
        drop(store);
        for listener in &mut listeners {
            while listener.next().await.is_some() {}
        }
    }
}
