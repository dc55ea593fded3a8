//! News of what has changed: this process's commits at once, those of others by LISTEN (PostgreSQL) or by
//! looking every quarter of a second (SQLite), every second where a pooler keeps PostgreSQL's notifications away.
//!
//! Tells the rooms. Whenever something may have been missed they all look for themselves.

use super::{
    rooms::Rooms,
    store::{CHANNEL, Kind, StoreError, in_time},
};
use crate::Revision;
use authkit_leptos::server::{are_lent, hears};
use sqlx::{
    AnyConnection, Connection, PgConnection,
    postgres::{PgConnectOptions, PgListener},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{broadcast, watch},
    time::{sleep, timeout},
};

/// How often an SQLite file is looked at, while somebody follows anything.
const POLL: Duration = Duration::from_millis(250);
/// How often PostgreSQL is looked at where nothing is heard, while somebody follows anything.
const POLL_DEAF: Duration = Duration::from_secs(1);
/// After so long without news on PostgreSQL all rooms look: a connection may have gone deaf.
const SILENCE: Duration = Duration::from_secs(30);
/// How long to wait before connecting again.
const PAUSE: Duration = Duration::from_millis(250);

/// Hears of what this process commits.
pub async fn hear_own(rooms: Arc<Rooms>, mut commits: broadcast::Receiver<Arc<Revision>>) {
    loop {
        match commits.recv().await {
            Ok(revision) => rooms.hear(&revision),
            Err(broadcast::error::RecvError::Lagged(_)) => rooms.look(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Hears of what other processes commit. `behind` is set while that is not possible.
pub async fn hear_others(rooms: Arc<Rooms>, behind: watch::Sender<bool>) {
    loop {
        let error = match rooms.store.kind() {
            Kind::Sqlite => poll(&rooms, &behind).await,
            Kind::Postgres => listen(&rooms, &behind).await,
        };
        let was_behind = behind.send_replace(true);
        if let Err(error) = error
            && !was_behind
        {
            tracing::warn!(reason = "database_unavailable", %error, "not hearing of changes");
        }
        sleep(super::jittered(PAUSE)).await;
    }
}

/// Ends when the connection does.
async fn listen(rooms: &Rooms, behind: &watch::Sender<bool>) -> Result<(), StoreError> {
    let options: PgConnectOptions = rooms.store.url().parse()?;
    if are_lent(&options).await? {
        return look(rooms, behind).await;
    }
    let mut listener = in_time(PgListener::connect(rooms.store.url())).await?;
    // Else a lost connection is told only once there is another one.
    listener.eager_reconnect(false);
    in_time(listener.listen(CHANNEL)).await?;
    let mut sender = in_time(PgConnection::connect_with(&options)).await?;
    let hears = hears(&mut listener, &mut sender).await?;
    let _ = sender.close().await;
    if !hears {
        return look(rooms, behind).await;
    }
    catch_up(rooms, behind);
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(news))) => {
                if let Some(revision) = parse(news.payload()) {
                    rooms.hear(&revision);
                }
            }
            Ok(Ok(None)) => return Err(sqlx::Error::PoolClosed.into()),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                // Also makes sure that the connection is still there.
                in_time(listener.listen(CHANNEL)).await?;
                rooms.look();
            }
        }
    }
}

/// Ends when the database can't be read.
async fn look(rooms: &Rooms, behind: &watch::Sender<bool>) -> Result<(), StoreError> {
    catch_up(rooms, behind);
    loop {
        sleep(POLL_DEAF).await;
        let topics = rooms.topics().await;
        let revision = rooms.store.read().await?.revision(topics).await?;
        rooms.hear(&revision);
    }
}

/// Ends when the file can't be read.
async fn poll(rooms: &Rooms, behind: &watch::Sender<bool>) -> Result<(), StoreError> {
    rooms.topics().await;
    let mut connection = in_time(AnyConnection::connect(rooms.store.url())).await?;
    let mut known = data_version(&mut connection).await?;
    catch_up(rooms, behind);
    loop {
        sleep(POLL).await;
        rooms.topics().await;
        let version = data_version(&mut connection).await?;
        if version != known {
            known = version;
            // Only now: whoever begins to follow after this sees the change by themselves.
            let topics = rooms.topics().await;
            let revision = rooms.store.read().await?.revision(topics).await?;
            rooms.hear(&revision);
        }
    }
}

/// A number that is another one once anybody else has written to the file. Costs next to nothing.
async fn data_version(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let version = sqlx::query_scalar("PRAGMA data_version");
    in_time(version.fetch_one(connection)).await
}

/// From now on nothing is missed. What was before, the rooms find out.
fn catch_up(rooms: &Rooms, behind: &watch::Sender<bool>) {
    match *behind.borrow() {
        true => rooms.look_again(),
        false => rooms.look(),
    }
    // After that: who is told that nothing is behind must see that the rooms are.
    behind.send_if_modified(std::mem::take);
}

fn parse(payload: &str) -> Option<Revision> {
    let (number, topic) = payload.split_once(' ')?;
    Some(Revision(vec![(topic.to_owned(), number.parse().ok()?)]))
}
