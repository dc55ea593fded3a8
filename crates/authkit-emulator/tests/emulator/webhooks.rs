//! Events: what is sent, to whom, in what order, and that the SDK accepts it.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::StatusCode;
use serde_json::{Value, json};
use workos::models::{
    OrganizationMembershipCreatedData, OrganizationMembershipDeletedData,
    OrganizationMembershipUpdatedData, SessionCreatedData, SessionRevokedData, User,
};
use workos::{SessionCreatedDataAuthMethod, SessionRevokedDataStatus, WebhookVerifier};

use crate::receiver::{Receiver, SECRET};
use crate::support::emulator::{Config, Delivery, NewUser, Webhook};
use crate::support::{Rig, config, rig_with, text};

async fn rig_telling(receiver: &Receiver) -> Rig {
    rig_with(Config {
        webhook: Some(receiver.webhook()),
        ..config()
    })
    .await
}

/// Waits until so many deliveries are listed.
async fn deliveries(rig: &Rig, count: usize) -> Vec<Delivery> {
    loop {
        let listed = rig.emulator.control().webhook_deliveries();
        if listed.len() >= count {
            return listed;
        }
        tokio::task::yield_now().await;
    }
}

async fn sid(rig: &Rig, tokens: &Value) -> String {
    let claims = rig.verified(text(tokens, "/access_token")).await.unwrap();
    text(&claims, "/sid").to_owned()
}

async fn revoke(rig: &Rig, sid: &str) -> StatusCode {
    let url = rig.url("/user_management/sessions/revoke");
    let request = rig.browser.post(url).bearer_auth(rig.emulator.api_key());
    let answer = request.json(&json!({ "session_id": sid })).send().await;
    answer.unwrap().status()
}

#[tokio::test]
async fn a_session_s_events_have_the_sdk_s_shape() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let sid = sid(&rig, &tokens).await;
    let created = receiver.next_of("session.created").await;
    let created: SessionCreatedData = serde_json::from_value(created).unwrap();
    assert_eq!(created.object, "session");
    assert_eq!(
        (created.id, created.user_id.as_str()),
        (sid.clone(), text(&tokens, "/user/id"))
    );
    assert_eq!(
        created.organization_id.as_deref(),
        tokens["organization_id"].as_str()
    );
    assert_eq!(created.auth_method, SessionCreatedDataAuthMethod::Password);
    assert!(created.ended_at.is_none());

    assert_eq!(revoke(&rig, &sid).await, StatusCode::OK);
    let revoked = receiver.next_of("session.revoked").await;
    let revoked: SessionRevokedData = serde_json::from_value(revoked).unwrap();
    assert_eq!(revoked.id, sid);
    assert_eq!(revoked.status, SessionRevokedDataStatus::Revoked);
    assert!(revoked.ended_at.is_some());

    let listed = deliveries(&rig, 2).await;
    let names: Vec<_> = listed.iter().map(|it| (it.event, it.status)).collect();
    assert_eq!(
        names,
        [
            ("session.created", Some(200)),
            ("session.revoked", Some(200))
        ]
    );
    assert!(listed.iter().all(|it| it.id.starts_with("event_")));
}

#[tokio::test]
async fn every_way_to_end_a_session_is_told_once() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let control = rig.emulator.control();
    for way in [
        "revoke",
        "logout",
        "end_session",
        "end_sessions_of",
        "replay",
    ] {
        let code = rig.code_for("ada@example.com").await;
        let (_, tokens) = rig.exchange(&code).await;
        let sid = sid(&rig, &tokens).await;
        receiver.next_of("session.created").await;
        // Twice each: ending what has ended is no event.
        for expected in [StatusCode::OK, StatusCode::NOT_FOUND] {
            match way {
                "revoke" => assert_eq!(revoke(&rig, &sid).await, expected),
                "logout" => {
                    let url = rig.url("/user_management/sessions/logout");
                    let logout = rig.browser.get(url).query(&[("session_id", &sid)]);
                    logout.send().await.unwrap();
                }
                "end_session" => assert!(control.end_session(&sid)),
                "replay" => assert_eq!(rig.exchange(&code).await.0, StatusCode::BAD_REQUEST),
                _ => drop(control.end_sessions_of("ada@example.com").unwrap()),
            }
        }
        assert_eq!(
            text(&receiver.next_of("session.revoked").await, "/id"),
            sid,
            "{way}"
        );
    }
    deliveries(&rig, 10).await;
    assert!(!receiver.has_more());
}

#[tokio::test]
async fn a_new_account_is_told_with_the_user_of_the_api() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let form = [
        ("email", "new@example.com"),
        ("password", "long enough password"),
    ];
    rig.post_page("/sign-up", &rig.query(&[]), &form).await;
    let user: User = serde_json::from_value(receiver.next_of("user.created").await).unwrap();
    assert_eq!(
        (user.object.as_str(), user.email.as_str()),
        ("user", "new@example.com")
    );
    let new = NewUser {
        email: "b@example.com".into(),
        ..NewUser::default()
    };
    let made = rig.emulator.control().create_user(new).await.unwrap();
    let event = receiver.next().await;
    assert_eq!(text(&event.verified().1, "/id"), made.id);
    assert!(!event.body.contains("argon2"), "{}", event.body);
}

#[tokio::test]
async fn an_impersonation_names_who_acts() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let code = rig.impersonating_code();
    rig.authenticate(json!({ "grant_type": "authorization_code", "code": code }))
        .await;
    let data = receiver.next_of("session.created").await;
    let data: SessionCreatedData = serde_json::from_value(data).unwrap();
    assert_eq!(data.impersonator.unwrap().email, "support@example.com");
    assert_eq!(
        data.auth_method,
        SessionCreatedDataAuthMethod::Impersonation
    );
}

#[tokio::test]
async fn a_changed_body_another_secret_and_an_old_one_do_not_verify() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    rig.tokens_for("ada@example.com").await;
    let arrived = receiver.next().await;
    let verifier = WebhookVerifier::new(SECRET);
    let (signature, body) = (&arrived.signature, &arrived.body);
    assert!(verifier.construct_event(signature, body).is_ok());
    assert!(
        verifier
            .construct_event(signature, &body.replace("created", "revoked"))
            .is_err()
    );
    assert!(
        WebhookVerifier::new("other")
            .construct_event(signature, body)
            .is_err()
    );
    // The signature's time is the emulator's, in milliseconds.
    rig.emulator.control().set_clock_offset(3600);
    rig.tokens_for("ada@example.com").await;
    let later = receiver.next().await;
    assert!(
        verifier
            .construct_event(&later.signature, &later.body)
            .is_err()
    );
    let seconds = later
        .signature
        .strip_prefix("t=")
        .unwrap()
        .split_once(',')
        .unwrap()
        .0;
    let stamped = UNIX_EPOCH + Duration::from_millis(seconds.parse().unwrap());
    let there = WebhookVerifier::new(SECRET).with_clock(move || stamped);
    assert!(there.construct_event(&later.signature, &later.body).is_ok());
}

#[tokio::test]
async fn a_slow_app_holds_up_no_endpoint_and_gets_events_one_at_a_time() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let gate = std::sync::Arc::clone(&receiver.gate);
    let held = gate.lock().await;
    let (a, b) = (
        rig.tokens_for("ada@example.com").await,
        rig.tokens_for("ada@example.com").await,
    );
    receiver.next_of("session.created").await;
    assert_eq!(
        rig.refresh(text(&a, "/refresh_token")).await.0,
        StatusCode::OK
    );
    assert!(
        !receiver.has_more(),
        "the second was sent before the first was answered"
    );
    assert!(rig.emulator.control().webhook_deliveries().is_empty());
    drop(held);
    let second = receiver.next_of("session.created").await;
    assert_eq!(text(&second, "/id"), sid(&rig, &b).await);
}

#[tokio::test]
async fn a_refusal_and_a_dead_address_are_listed_and_not_tried_again() {
    let mut receiver = Receiver::answering(StatusCode::SERVICE_UNAVAILABLE).await;
    let rig = rig_telling(&receiver).await;
    let control = rig.emulator.control();
    rig.tokens_for("ada@example.com").await;
    receiver.next().await;
    assert_eq!(deliveries(&rig, 1).await[0].status, Some(503));
    let dead = Webhook {
        url: "http://127.0.0.1:1/".into(),
        secret: SECRET.into(),
    };
    control.set_webhook(Some(dead));
    rig.tokens_for("ada@example.com").await;
    assert_eq!(deliveries(&rig, 2).await[1].status, None);
    control.set_webhook(None);
    rig.tokens_for("ada@example.com").await;
    control.set_webhook(Some(receiver.webhook()));
    control.end_sessions_of("ada@example.com").unwrap();
    receiver.next_of("session.revoked").await;
    let listed = deliveries(&rig, 5).await;
    assert!(
        listed[2..].iter().all(|it| it.event == "session.revoked"),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_reset_keeps_the_webhook_of_the_start_and_forgets_deliveries() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let control = rig.emulator.control();
    rig.tokens_for("ada@example.com").await;
    receiver.next().await;
    deliveries(&rig, 1).await;
    control.set_webhook(None);
    control.reset().await.unwrap();
    assert!(control.webhook_deliveries().is_empty());
    rig.tokens_for("ada@example.com").await;
    receiver.next_of("session.created").await;
    assert_eq!(deliveries(&rig, 1).await.len(), 1);
}

#[tokio::test]
async fn the_webhook_can_be_set_and_read_over_http() {
    let mut receiver = Receiver::start().await;
    let rig = rig_with(config()).await;
    let set = rig.browser.post(rig.url("/_emulator/webhook"));
    let body = json!({ "url": receiver.url, "secret": SECRET });
    assert_eq!(
        set.json(&body).send().await.unwrap().status(),
        StatusCode::OK
    );
    rig.tokens_for("ada@example.com").await;
    receiver.next_of("session.created").await;
    let id = deliveries(&rig, 1).await[0].id.clone();
    let read = rig.browser.get(rig.url("/_emulator/webhook/deliveries"));
    let read: Value = read.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        read,
        json!([{ "event": "session.created", "id": id, "status": 200 }])
    );
    let unset = rig.browser.delete(rig.url("/_emulator/webhook"));
    assert_eq!(unset.send().await.unwrap().status(), StatusCode::OK);
    rig.emulator
        .control()
        .end_sessions_of("ada@example.com")
        .unwrap();
    rig.emulator.control().set_webhook(Some(receiver.webhook()));
    rig.tokens_for("ada@example.com").await;
    receiver.next_of("session.created").await;
}

#[tokio::test]
async fn a_membership_s_events_have_the_sdk_s_shape() {
    let mut receiver = Receiver::start().await;
    let rig = rig_telling(&receiver).await;
    let control = rig.emulator.control();
    let theirs = control.create_organization("Theirs");
    let email = "alan@example.com";
    control.add_member(email, &theirs, "admin").unwrap();
    let created = receiver.next_of("organization_membership.created").await;
    let created: OrganizationMembershipCreatedData = serde_json::from_value(created).unwrap();
    assert_eq!(created.object, "organization_membership");
    assert_eq!(created.organization_id, theirs);
    assert_eq!(created.role.slug, "admin");

    control.set_role(email, &theirs, "member").unwrap();
    let updated = receiver.next_of("organization_membership.updated").await;
    let updated: OrganizationMembershipUpdatedData = serde_json::from_value(updated).unwrap();
    assert_eq!(
        (updated.id, updated.role.slug.as_str()),
        (created.id.clone(), "member")
    );

    control.remove_member(email, &theirs).unwrap();
    let deleted = receiver.next_of("organization_membership.deleted").await;
    let deleted: OrganizationMembershipDeletedData = serde_json::from_value(deleted).unwrap();
    assert_eq!((deleted.id, deleted.user_id), (created.id, created.user_id));
    for refused in [
        control.remove_member(email, &theirs),
        control.set_role(email, &theirs, "admin"),
    ] {
        let sentence = format!("{email} is not a member of {theirs}");
        assert_eq!(refused.unwrap_err().to_string(), sentence);
    }
}
