//! Events that control holds back: lost, late, twice, in another order.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use workos::WebhookVerifier;

use crate::receiver::{Receiver, SECRET};
use crate::support::emulator::{Control, UserUpdate};
use crate::support::{Rig, rig, text};

/// Three updates of Ada, by first name.
fn rename(control: &Control) {
    let id = control.user_id("ada@example.com").unwrap();
    for name in ["One", "Two", "Three"] {
        let change = UserUpdate {
            first_name: Some(name.to_owned()),
            ..UserUpdate::default()
        };
        control.update_user(&id, change).unwrap();
    }
}

async fn told_rig() -> (Rig, Receiver) {
    let (rig, receiver) = (rig().await, Receiver::start().await);
    let control = rig.emulator.control();
    control.set_webhook(Some(receiver.webhook()));
    (rig, receiver)
}

async fn next_name(receiver: &mut Receiver) -> String {
    let user = receiver.next_of("user.updated").await;
    text(&user, "/first_name").to_owned()
}

#[tokio::test]
async fn held_events_are_sent_in_any_order_and_more_than_once() {
    let (rig, mut receiver) = told_rig().await;
    let control = rig.emulator.control();
    control.hold_webhooks();
    rename(control);
    let held = control.held_webhooks();
    assert_eq!(held.len(), 3);
    assert!(control.webhook_deliveries().is_empty() && !receiver.has_more());
    for position in [2, 0, 0] {
        control.send_held_webhook(&held[position].id).unwrap();
    }
    for name in ["Three", "One", "One"] {
        assert_eq!(next_name(&mut receiver).await, name);
    }
    assert!(control.send_held_webhook("event_1").is_err());
    assert_eq!(control.held_webhooks(), held);
    // The one that was never sent comes, and then what happens next.
    control.release_webhooks();
    assert_eq!(next_name(&mut receiver).await, "Two");
    control.delete_user("ada@example.com").unwrap();
    receiver.next_of("user.deleted").await;
    assert!(control.held_webhooks().is_empty());
}

#[tokio::test]
async fn lost_events_never_come_and_later_ones_do() {
    let (rig, mut receiver) = told_rig().await;
    let control = rig.emulator.control();
    control.hold_webhooks();
    rename(control);
    control.hold_webhooks();
    assert_eq!(
        control.held_webhooks().len(),
        3,
        "holding again loses nothing"
    );
    control.lose_webhooks();
    control.release_webhooks();
    control.delete_user("ada@example.com").unwrap();
    receiver.next_of("user.deleted").await;
}

#[tokio::test]
async fn a_held_event_can_be_signed_and_delivered_by_the_test_itself() {
    let (rig, _receiver) = told_rig().await;
    let control = rig.emulator.control();
    control.hold_webhooks();
    rename(control);
    let held = &control.held_webhooks()[0];
    let now = jiff::Timestamp::now().as_millisecond().to_string();
    let signature = workos::compute_webhook_signature(SECRET, &now, &held.body);
    let header = format!("t={now}, v1={signature}");
    let event = WebhookVerifier::new(SECRET).construct_event(&header, &held.body);
    let event = event.unwrap();
    assert_eq!(
        (event.event.as_str(), event.id),
        (held.event, held.id.clone())
    );
}

#[tokio::test]
async fn a_reset_holds_nothing() {
    let (rig, mut receiver) = told_rig().await;
    let control = rig.emulator.control();
    control.hold_webhooks();
    rename(control);
    control.reset().await.unwrap();
    control.set_webhook(Some(receiver.webhook()));
    assert!(control.held_webhooks().is_empty());
    control.delete_user("ada@example.com").unwrap();
    receiver.next_of("user.deleted").await;
}

#[tokio::test]
async fn events_are_held_and_sent_over_http_too() {
    let (rig, mut receiver) = told_rig().await;
    let control = rig.emulator.control();
    let call = async |method: Method, path: &str, body: Value| {
        let url = rig.url(&format!("/_emulator/webhook{path}"));
        let answer = rig.browser.request(method, url).json(&body).send().await;
        let answer = answer.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    call(Method::POST, "/hold", json!({})).await;
    rename(control);
    let (_, held) = call(Method::GET, "/held", json!({})).await;
    assert_eq!(held.as_array().unwrap().len(), 3);
    assert_eq!(held[1]["event"], "user.updated");
    let body: Value = serde_json::from_str(text(&held, "/1/body")).unwrap();
    assert_eq!(body["data"]["first_name"], "Two");
    call(Method::POST, "/held", json!({ "id": held[1]["id"] })).await;
    assert_eq!(next_name(&mut receiver).await, "Two");
    let unknown = call(Method::POST, "/held", json!({ "id": "event_1" })).await;
    assert_eq!(unknown.0, StatusCode::BAD_REQUEST);
    call(Method::POST, "/release", json!({})).await;
    assert_eq!(next_name(&mut receiver).await, "One");
    assert_eq!(next_name(&mut receiver).await, "Three");
    call(Method::POST, "/hold", json!({})).await;
    rename(control);
    call(Method::DELETE, "/held", json!({})).await;
    control.delete_user("ada@example.com").unwrap();
    receiver.next_of("user.deleted").await;
}
