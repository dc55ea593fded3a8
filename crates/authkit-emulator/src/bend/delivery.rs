//! The task that delivers events to the app: signed as WorkOS signs them, one at a time, in order. Caller:
//! [`Emulator`](crate::Emulator) spawns it; `bend::outbox` is its queue. Delivery must never hold up an endpoint. It
//! tries once, where WorkOS retries: an app that needs a second try shows it here.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::bend::outbox::Message;
use crate::state::clock::Clock;
use crate::state::context::Context;

/// How long the app may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Delivers messages until the emulator stops.
pub async fn deliver(context: Arc<Context>, mut messages: UnboundedReceiver<Message>) {
    let mut client = None;
    while let Some(message) = messages.recv().await {
        if context.outbox.is_forgotten(&message) {
            continue;
        }
        let status = match client.get_or_insert_with(http_client) {
            Ok(client) => post(client, &context.clock, &message).await,
            Err(error) => {
                tracing::error!(%error, "no HTTP client could be made for the webhook");
                None
            }
        };
        context.outbox.record(message, status);
    }
}

fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        // The app is on this machine.
        .no_proxy()
        // reqwest repeats a request if the app has closed a pooled connection.
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
        // Writing to a string cannot fail.
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
}
