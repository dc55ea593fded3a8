//! Deleting a user: nothing of theirs works any more, and the app hears of it.

use reqwest::StatusCode;
use serde_json::json;
use workos::models::User;

use crate::receiver::Receiver;
use crate::support::emulator::{NewUser, SEEDED_PASSWORD};
use crate::support::{location, rig, text};

#[tokio::test]
async fn nothing_of_a_deleted_user_works_any_more() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = rig.tokens_for("ada@example.com").await;
    let code = rig.code_for("ada@example.com").await;
    control.delete_user("Ada@example.com").unwrap();
    let (status, body) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error_description"], "Invalid refresh token.");
    assert_eq!(rig.exchange(&code).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(location(&rig.authorize(&[]).await).path(), "/sign-in");
    let form = [("email", "ada@example.com"), ("password", SEEDED_PASSWORD)];
    let answer = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(control.delete_user("ada@example.com").is_err());
    // Whoever gets the address next is somebody else.
    let new = NewUser {
        email: "ada@example.com".into(),
        ..NewUser::default()
    };
    control.create_user(new).await.unwrap();
    let next = rig.tokens_for("ada@example.com").await;
    assert_ne!(next["user"]["id"], tokens["user"]["id"]);
    assert!(next["organization_id"].is_null());
}

#[tokio::test]
async fn the_app_is_told_of_each_live_session_and_then_of_the_user() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    let control = rig.emulator.control();
    let ended = control.grant("ada@example.com").unwrap();
    control.end_sessions_of("ada@example.com").unwrap();
    for _ in 0..2 {
        control.grant("ada@example.com").unwrap();
    }
    control.grant("grace@example.com").unwrap();
    control.set_webhook(Some(receiver.webhook()));
    let request = rig.browser.delete(rig.url("/_emulator/users"));
    let request = request.json(&json!({ "email": "ada@example.com" }));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    for _ in 0..2 {
        let session = receiver.next_of("session.revoked").await;
        assert_eq!(session["user_id"], ended["user"]["id"]);
    }
    let user: User = serde_json::from_value(receiver.next_of("user.deleted").await).unwrap();
    assert_eq!(user.id, text(&ended, "/user/id"));
    let again = rig.browser.delete(rig.url("/_emulator/users"));
    let again = again.json(&json!({ "email": "ada@example.com" }));
    assert_eq!(
        again.send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}
