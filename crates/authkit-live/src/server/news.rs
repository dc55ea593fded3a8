//! News of what has changed: this process's commits at once, those of other processes as the store hears of them.
//!
//! Tells the rooms. Whenever something may have been missed they all look for themselves.

use super::rooms::Rooms;
use crate::query::Revision;
use authkit_store::{Listener, News};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

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
pub async fn hear_others(rooms: Arc<Rooms>, mut news: Listener, behind: watch::Sender<bool>) {
    while let Some(next) = news.next().await {
        match next {
            News::Listening => catch_up(&rooms, &behind),
            News::Notification { payload, .. } => {
                if let Some(revision) = parse(&payload) {
                    rooms.hear(&revision);
                }
            }
            News::Changed => find_out(&rooms).await,
            News::Silence => rooms.look(),
            News::Lost(error) => {
                if !behind.send_replace(true) {
                    tracing::warn!(reason = "database_unavailable", %error, "not hearing of changes");
                }
            }
        }
    }
}

/// Reads which topics have changed, so that only their rooms look.
async fn find_out(rooms: &Rooms) {
    let topics = rooms.topics();
    if topics.is_empty() {
        return;
    }
    let revision = async { rooms.store.read().await?.revision(topics).await };
    match revision.await {
        Ok(revision) => rooms.hear(&revision),
        // Each room tries until it has succeeded.
        Err(_) => rooms.look(),
    }
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
