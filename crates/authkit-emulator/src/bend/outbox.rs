//! Events for the webhook: the queue to `bend::delivery`, a record of deliveries, and events that control holds back to
//! lose, repeat or reorder them. Callers: `changes::event` puts messages in, `delivery` takes them out, control.
//! Data only, below `Context`; it never waits.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Number of deliveries remembered.
const REMEMBERED: usize = 100_000;

/// The endpoint that events are sent to, and the secret that signs them.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The app's endpoint, which receives a `POST` per event.
    pub url: String,
    /// The key of the HMAC-SHA256 in `WorkOS-Signature`.
    pub secret: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// An event that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The event's name, such as `session.revoked`.
    pub event: &'static str,
    /// The event's id, `event_…`.
    pub id: String,
    /// The HTTP status that the app answered with; `None` without an answer within five seconds.
    pub status: Option<u16>,
}

/// An event that is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldWebhook {
    /// The event's name, such as `user.updated`.
    pub event: &'static str,
    /// The event's id, `event_…`.
    pub id: String,
    /// The exact body, for a test that signs and delivers it itself.
    pub body: String,
}

/// Events on their way, held back and delivered.
pub struct Outbox {
    at_start: Option<Webhook>,
    queue: UnboundedSender<Message>,
    inner: Mutex<Inner>,
}

struct Inner {
    webhook: Option<Webhook>,
    deliveries: VecDeque<Delivery>,
    /// Events held back; `None` while events are sent at once.
    held: Option<Vec<Held>>,
    /// Number of resets: messages from before a reset are not delivered after it.
    era: u64,
}

struct Held {
    message: Message,
    sent: bool,
}

/// An event in the queue, with the webhook that was set when it happened.
#[derive(Clone)]
pub struct Message {
    pub event: &'static str,
    pub id: String,
    pub body: String,
    pub webhook: Webhook,
    era: u64,
}

impl Outbox {
    /// An outbox with the configured webhook; the receiver is for the task that delivers.
    pub fn new(webhook: Option<Webhook>) -> (Outbox, UnboundedReceiver<Message>) {
        let (queue, messages) = mpsc::unbounded_channel();
        let outbox = Outbox {
            at_start: webhook.clone(),
            queue,
            inner: Mutex::new(Inner {
                webhook,
                deliveries: VecDeque::new(),
                held: None,
                era: 0,
            }),
        };
        (outbox, messages)
    }

    /// Sets the endpoint of events that happen from now on.
    pub fn set(&self, webhook: Option<Webhook>) {
        self.lock().webhook = webhook;
    }

    /// The deliveries, in order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.iter().cloned().collect()
    }

    /// Restores the configured webhook and drops all deliveries and events.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.webhook.clone_from(&self.at_start);
        inner.deliveries.clear();
        inner.held = None;
        inner.era += 1;
    }

    /// Holds events that happen from now on. Events held already stay.
    pub fn hold(&self) {
        self.lock().held.get_or_insert_default();
    }

    /// Held events, in order.
    pub fn held(&self) -> Vec<HeldWebhook> {
        let inner = self.lock();
        let held = inner.held.iter().flatten().map(|it| HeldWebhook {
            event: it.message.event,
            id: it.message.id.clone(),
            body: it.message.body.clone(),
        });
        held.collect()
    }

    /// Sends a held event and keeps it; `false` when none has this id.
    pub fn send_held(&self, id: &str) -> bool {
        let mut inner = self.lock();
        let mut all = inner.held.iter_mut().flatten();
        let Some(held) = all.find(|it| it.message.id == id) else {
            return false;
        };
        held.sent = true;
        self.send(held.message.clone());
        true
    }

    /// Sends held events that were not sent yet, in order, and stops holding.
    pub fn release(&self) {
        // Under the lock until all are queued: later events must come after them.
        let mut inner = self.lock();
        for held in inner.held.take().into_iter().flatten() {
            if !held.sent {
                self.send(held.message);
            }
        }
    }

    /// Drops held events and stops holding.
    pub fn lose(&self) {
        self.lock().held = None;
    }

    /// Holds or queues an event; drops it without a webhook. `make` gives its id and body.
    pub fn put(&self, event: &'static str, make: impl FnOnce() -> (String, String)) {
        let (webhook, era) = {
            let inner = self.lock();
            (inner.webhook.clone(), inner.era)
        };
        let Some(webhook) = webhook else { return };
        let (id, body) = make();
        self.take(Message {
            event,
            id,
            body,
            webhook,
            era,
        });
    }

    /// Holds a message or queues it.
    fn take(&self, message: Message) {
        let mut inner = self.lock();
        match &mut inner.held {
            Some(held) => held.push(Held {
                message,
                sent: false,
            }),
            None => self.send(message),
        }
    }

    fn send(&self, message: Message) {
        // There is no receiver once the emulator has stopped.
        let _ = self.queue.send(message);
    }

    /// Whether a reset came after this message.
    pub fn is_forgotten(&self, message: &Message) -> bool {
        self.lock().era != message.era
    }

    /// Records a delivery, unless a reset came after its message.
    pub fn record(&self, message: Message, status: Option<u16>) {
        let mut inner = self.lock();
        if inner.era != message.era {
            return;
        }
        if inner.deliveries.len() == REMEMBERED {
            inner.deliveries.pop_front();
        }
        let Message { event, id, .. } = message;
        inner.deliveries.push_back(Delivery { event, id, status });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_shows_no_secret() {
        let webhook = Webhook {
            url: "http://localhost/".to_owned(),
            secret: "whsec_1".to_owned(),
        };
        assert!(!format!("{webhook:?}").contains("whsec_1"));
    }
}
