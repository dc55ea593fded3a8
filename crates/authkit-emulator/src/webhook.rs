//! The webhook: events sent to the app as WorkOS sends them, signed, one at a time and in the order in
//! which they happened. Callers: [`Context::tell`] puts events in, a task of the emulator delivers.
//! Delivery must never hold up an endpoint. It tries once: WorkOS would try again, so an app that
//! needs a second try shows it here. Control can hold events back, to lose, repeat or reorder them.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::clock::Clock;
use super::context::Context;
use super::event::Event;

/// How long an app may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How many deliveries are remembered.
const REMEMBERED: usize = 100_000;

/// Where events are sent, and the secret that signs them.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The app's address for `POST`.
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

/// An event that happened and is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldWebhook {
    /// The event's name, such as `user.updated`.
    pub event: &'static str,
    /// The event's id, `event_…`.
    pub id: String,
    /// The body to the byte, for who signs and delivers it.
    pub body: String,
}

/// Events on their way, and what became of the earlier ones.
pub struct Webhooks {
    at_start: Option<Webhook>,
    outbox: UnboundedSender<Message>,
    inner: Mutex<Inner>,
}

struct Inner {
    webhook: Option<Webhook>,
    deliveries: VecDeque<Delivery>,
    /// What is kept back; `None` while events are sent as they happen.
    held: Option<Vec<Held>>,
    /// Counts resets: what was put in before one is not delivered after it.
    era: u64,
}

struct Held {
    message: Message,
    sent: bool,
}

/// An event in the queue, with the webhook of the time when it happened.
#[derive(Clone)]
pub struct Message {
    event: &'static str,
    id: String,
    body: String,
    webhook: Webhook,
    era: u64,
}

impl Webhooks {
    /// With the webhook of the start; the receiver is for [`deliver`].
    pub fn new(webhook: Option<Webhook>) -> (Webhooks, UnboundedReceiver<Message>) {
        let (outbox, messages) = mpsc::unbounded_channel();
        let webhooks = Webhooks {
            at_start: webhook.clone(),
            outbox,
            inner: Mutex::new(Inner {
                webhook,
                deliveries: VecDeque::new(),
                held: None,
                era: 0,
            }),
        };
        (webhooks, messages)
    }

    /// Where events go that happen from now on.
    pub fn set(&self, webhook: Option<Webhook>) {
        self.lock().webhook = webhook;
    }

    /// The deliveries, in order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.iter().cloned().collect()
    }

    /// The webhook of the start, and nothing delivered or on its way.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.webhook.clone_from(&self.at_start);
        inner.deliveries.clear();
        inner.held = None;
        inner.era += 1;
    }

    /// Keeps back what happens from now on. What is held already stays.
    pub fn hold(&self) {
        self.lock().held.get_or_insert_default();
    }

    /// What is held, in order.
    pub fn held(&self) -> Vec<HeldWebhook> {
        let inner = self.lock();
        let held = inner.held.iter().flatten().map(|it| HeldWebhook {
            event: it.message.event,
            id: it.message.id.clone(),
            body: it.message.body.clone(),
        });
        held.collect()
    }

    /// Sends one that is held, and keeps it; `false` when none has this id.
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

    /// Sends what is held and was not sent, in order, and holds no longer.
    pub fn release(&self) {
        // Under the lock until all is in the queue: what happens meanwhile has to come after.
        let mut inner = self.lock();
        for held in inner.held.take().into_iter().flatten() {
            if !held.sent {
                self.send(held.message);
            }
        }
    }

    /// Forgets what is held, and holds no longer.
    pub fn lose(&self) {
        self.lock().held = None;
    }

    /// Puts a message where it belongs: among those held, or on its way.
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
        // Nobody receives any more once the emulator is stopped.
        let _ = self.outbox.send(message);
    }

    fn is_forgotten(&self, message: &Message) -> bool {
        self.lock().era != message.era
    }

    fn record(&self, message: Message, status: Option<u16>) {
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

impl Context {
    /// Tells the webhook, if there is one, what has happened. Never waits; call it inside the change
    /// itself, so that events keep the order of changes.
    pub fn tell(&self, event: &Event<'_>) {
        let (webhook, era) = {
            let inner = self.webhooks.lock();
            (inner.webhook.clone(), inner.era)
        };
        let Some(webhook) = webhook else { return };
        let (id, envelope) = event.envelope(self);
        let message = Message {
            event: event.name(),
            id,
            body: envelope.to_string(),
            webhook,
            era,
        };
        self.webhooks.take(message);
    }
}

/// Delivers what is put in, until the emulator stops.
pub async fn deliver(context: Arc<Context>, mut messages: UnboundedReceiver<Message>) {
    let mut client = None;
    while let Some(message) = messages.recv().await {
        if context.webhooks.is_forgotten(&message) {
            continue;
        }
        let status = match client.get_or_insert_with(http_client) {
            Ok(client) => post(client, &context.clock, &message).await,
            Err(error) => {
                tracing::error!(%error, "no HTTP client could be made for the webhook");
                None
            }
        };
        context.webhooks.record(message, status);
    }
}

fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        // The app is on this machine.
        .no_proxy()
        // A kept connection that the app has closed meanwhile would be tried twice.
        .pool_max_idle_per_host(0)
        .build()
}

async fn post(client: &reqwest::Client, clock: &Clock, message: &Message) -> Option<u16> {
    let milliseconds = clock.now().as_millisecond();
    let signature = sign(&message.webhook.secret, milliseconds, &message.body);
    let request = client
        .post(&message.webhook.url)
        .header("WorkOS-Signature", signature)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(message.body.clone());
    match request.send().await {
        Ok(answer) => Some(answer.status().as_u16()),
        Err(error) => {
            let (event, error) = (message.event, error.without_url());
            tracing::warn!(event, %error, "the app did not take a webhook");
            None
        }
    }
}

/// The value of `WorkOS-Signature`: HMAC-SHA256 (RFC 2104) over the time, a dot and the raw body.
fn sign(secret: &str, milliseconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{milliseconds}.{body}").as_bytes());
    let hex = tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("t={milliseconds}, v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_sdk_s_own_test() {
        let expected = "32850522003ebbce01a416e5d5df8ec8354a96e921cac7d0ebbaeef5732bdaea";
        let signature = sign("secret", 1_700_000_000_000, "body");
        assert_eq!(signature, format!("t=1700000000000, v1={expected}"));
    }

    #[test]
    fn debugging_shows_no_secret() {
        let webhook = Webhook {
            url: "http://localhost/".to_owned(),
            secret: "whsec_1".to_owned(),
        };
        assert!(!format!("{webhook:?}").contains("whsec_1"));
    }
}
