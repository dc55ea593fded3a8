//! The emulator's own page: who is signed in to the app, and a button to end it.

use reqwest::StatusCode;

use crate::receiver::Receiver;
use crate::support::emulator::Config;
use crate::support::{Rig, config, location, rig, rig_with, text};
use authkit_local::hosts::Hosts;

async fn home(rig: &Rig) -> String {
    let answer = rig.browser.get(rig.url("/")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

async fn sid(rig: &Rig, email: &str) -> (String, String) {
    let tokens = rig.emulator.control().grant(email).unwrap();
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    let refresh_token = text(&tokens, "/refresh_token");
    (text(&claims, "/sid").to_owned(), refresh_token.to_owned())
}

#[tokio::test]
async fn a_developer_sees_who_is_signed_in_and_ends_one_session() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    assert!(home(&rig).await.contains("Nobody is signed in"));
    let (ada, token) = sid(&rig, "ada@example.com").await;
    let (alan, _) = sid(&rig, "alan@example.com").await;
    rig.emulator.control().set_clock_offset(7200);
    let html = home(&rig).await;
    for shown in [
        &ada,
        &alan,
        "End session of Ada Lovelace",
        ">Acme<",
        ">no organization<",
        "2 hours ago",
    ] {
        assert!(html.contains(shown), "{shown} is missing in {html}");
    }
    // The SDK refuses events from two hours ahead.
    rig.emulator.control().set_clock_offset(0);
    rig.emulator.control().set_webhook(Some(receiver.webhook()));
    let form = [("session_id", ada.as_str())];
    let answer = rig.post_page("/sessions/end", "", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&answer).path(), "/");
    assert_eq!(text(&receiver.next_of("session.revoked").await, "/id"), ada);
    assert_eq!(rig.refresh(&token).await.0, StatusCode::BAD_REQUEST);
    let html = home(&rig).await;
    assert!(!html.contains(&ada) && html.contains(&alan));
}

#[tokio::test]
async fn many_sessions_are_counted_and_the_newest_shown() {
    let rig = rig().await;
    for user in rig.emulator.control().add_users(53) {
        rig.emulator.control().grant(&user.email).unwrap();
    }
    let html = home(&rig).await;
    assert_eq!(html.matches(">End session<").count(), 50);
    assert!(html.contains("And 3 older ones."));
}

#[tokio::test]
async fn nobody_ends_a_session_from_another_site_or_through_another_name() {
    let rig = rig_with(Config {
        hosts: Hosts::parse("tunnel.example").unwrap(),
        ..config()
    })
    .await;
    let (ada, token) = sid(&rig, "ada@example.com").await;
    let url = rig.url("/sessions/end");
    for (name, value, refused) in [
        ("Origin", "http://evil.example", StatusCode::FORBIDDEN),
        ("Sec-Fetch-Site", "cross-site", StatusCode::FORBIDDEN),
        ("Host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("Host", "tunnel.example", StatusCode::FORBIDDEN),
    ] {
        let request = rig.browser.post(&url).header(name, value);
        let answer = request.form(&[("session_id", &ada)]).send().await.unwrap();
        assert_eq!(answer.status(), refused, "{name}: {value}");
    }
    let elsewhere = rig
        .browser
        .get(rig.url("/"))
        .header("Host", "tunnel.example");
    let html = elsewhere.send().await.unwrap().text().await.unwrap();
    assert!(!html.contains(&ada) && !html.contains("Live sessions"));
    assert_eq!(rig.refresh(&token).await.0, StatusCode::OK);
}
