//! A [`Room`]: everybody who follows the same question, and the task that finds its answer anew once per
//! change, however many they are.
//!
//! Made by `rooms` for the first who follows, gone with the last. Keeps the latest answer only: whoever
//! is slow gets that one and misses those before, so nothing is ever queued.

use super::{
    registered::{Asked, Question},
    rooms::Rooms,
};
use crate::query::{Revision, Topic, name_and_arguments};
use authkit_store::StoreError;
use axum::extract::ws::Utf8Bytes;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// How long finding an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before the database is asked again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A question, and who follows its answer.
pub struct Room {
    /// What the question is known by.
    pub id: String,
    /// What the answer depends on.
    pub topics: Vec<Topic>,
    question: Box<dyn Question>,
    latest: watch::Sender<Latest>,
    wanted: Mutex<Wanted>,
    wake: Notify,
}

/// What followers see.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    /// The answer, once it has been found.
    pub answer: Option<Answer>,
    /// The number of the look at the database that has shown it to be the latest.
    pub look: u64,
    /// Whether it may be old: the database could not be asked.
    pub is_stale: bool,
}

/// An answer, as it is sent to all.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How new it is.
    pub revision: Arc<Revision>,
    /// The message.
    pub message: Utf8Bytes,
}

/// What the task has to do.
struct Wanted {
    /// How often topics have changed, as was heard since the last look was begun.
    heard: Revision,
    /// Whether to look at the database even if nothing has been heard.
    look: bool,
    /// Looks begun so far.
    begun: u64,
}

impl Room {
    /// A room that looks for its answer at once.
    pub fn new(asked: Asked) -> Self {
        let Asked {
            id,
            topics,
            question,
            ..
        } = asked;
        Self {
            id,
            topics,
            question,
            latest: watch::Sender::default(),
            wanted: Mutex::new(Wanted {
                heard: Revision::default(),
                look: true,
                begun: 0,
            }),
            wake: Notify::new(),
        }
    }

    /// One more who follows.
    pub fn subscribe(&self) -> watch::Receiver<Latest> {
        self.latest.subscribe()
    }

    /// Whether nobody follows any more.
    pub fn is_empty(&self) -> bool {
        self.latest.receiver_count() == 0
    }

    /// A topic has changed so many times.
    pub fn hear(&self, topic: &str, number: u64) {
        let mut wanted = self.wanted();
        let known = wanted.heard.0.iter_mut().find(|(known, _)| known == topic);
        match known {
            Some((_, known)) => *known = number.max(*known),
            None => wanted.heard.0.push((topic.to_owned(), number)),
        }
        drop(wanted);
        self.wake.notify_one();
    }

    /// Asks for a look at the database. The number of the look that begins after this.
    pub fn look(&self) -> u64 {
        let mut wanted = self.wanted();
        wanted.look = true;
        let number = wanted.begun + 1;
        drop(wanted);
        self.wake.notify_one();
        number
    }

    /// The same, and until then the answer counts as one that may be old.
    pub fn look_again(&self) {
        self.look();
        self.latest.send_modify(|latest| latest.is_stale = true);
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do.
    async fn is_wanted(&self) {
        loop {
            {
                let (wanted, latest) = (self.wanted(), self.latest.borrow());
                let is_old = match &latest.answer {
                    Some(answer) => wanted.heard.is_newer_than(&answer.revision),
                    None => true,
                };
                if wanted.look || is_old {
                    return;
                }
            }
            self.wake.notified().await;
        }
    }

    /// The latest answer; `None` if the one at hand still is.
    async fn find(&self, rooms: &Rooms) -> Result<Option<Answer>, StoreError> {
        let mut read = rooms.store.read().await?;
        let revision = read.revision(self.topics.clone()).await?;
        let known = self.latest.borrow().answer.clone();
        if known.is_some_and(|known| *known.revision == revision) {
            return Ok(None);
        }
        rooms.runs.fetch_add(1, Ordering::Relaxed);
        let message = self.question.answer(revision.clone(), &mut read).await?;
        Ok(Some(Answer {
            revision: Arc::new(revision),
            message,
        }))
    }

    /// Finds the answer anew whenever it has changed, for as long as somebody follows.
    pub async fn keep(self: Arc<Self>, rooms: Arc<Rooms>) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                () = self.latest.closed() => match rooms.close(&self) {
                    true => return,
                    false => continue,
                },
                () = self.is_wanted() => {}
            }
            // Several rooms may have heard the same news, and pages need connections, too.
            let Ok(place) = rooms.places.acquire().await else {
                return;
            };
            let number = {
                let mut wanted = self.wanted();
                wanted.look = false;
                // The look shows what there is, even if that is less: a backup may have been restored.
                wanted.heard = Revision::default();
                wanted.begun += 1;
                wanted.begun
            };
            // In a task of its own, so that a query that panics does not end the room.
            let (room, all) = (Arc::clone(&self), Arc::clone(&rooms));
            let finding = async move { timeout(PATIENCE, room.find(&all)).await };
            let found = match tokio::spawn(finding).await {
                Ok(Ok(found)) => found,
                Ok(Err(_)) => Err(StoreError::Slow),
                Err(_) => Err(sqlx::Error::WorkerCrashed.into()),
            };
            match found {
                Ok(found) => {
                    pause = FIRST_PAUSE;
                    self.publish(found, number);
                }
                Err(error) => {
                    if pause == FIRST_PAUSE {
                        let (query, _) = name_and_arguments(&self.id);
                        tracing::warn!(reason = "live_query", query, %error, "not answered");
                    }
                    self.look_again();
                    drop(place);
                    let closed = self.latest.closed();
                    let _ = timeout(super::jittered(pause), closed).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn publish(&self, found: Option<Answer>, look: u64) {
        // Asked again meanwhile: not known to be the latest.
        let wanted = self.wanted();
        self.latest.send_modify(|latest| {
            if let Some(answer) = found {
                latest.answer = Some(answer);
            }
            latest.look = look;
            latest.is_stale &= wanted.look;
        });
    }
}
