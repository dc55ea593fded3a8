//! Notes of organizations, as pages, plain forms and programs meet them, on SQLite and on PostgreSQL: what one
//! organization writes no other sees.

use super::support::{ADA, ALAN, Answer, App, Browser, GRACE};
use reqwest::StatusCode;
use serde_json::json;

async fn write(browser: &mut Browser, text: &str) -> Answer {
    browser.mutate("write_note", &[("text", text)]).await
}

/// Writes a note; its id.
async fn written(browser: &mut Browser, text: &str) -> String {
    let answer = write(browser, text).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["answer"].as_str().unwrap().to_owned()
}

async fn remove(browser: &mut Browser, id: &str) -> StatusCode {
    browser.mutate("remove_note", &[("id", id)]).await.status
}

async fn texts(browser: &mut Browser) -> Vec<String> {
    let notes = browser.query("list_notes").await.json();
    let texts = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str());
    texts.map(|text| text.unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_one_organization_writes_no_other_sees() {
    for app in App::start_on_each().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        written(&mut ada, "for Acme").await;
        written(&mut grace, "from Grace").await;
        assert_eq!(texts(&mut ada).await, ["from Grace", "for Acme"]);
        app.switch_organization(&mut ada, "Globex").await;
        assert_eq!(texts(&mut ada).await, [""; 0]);
        let id = written(&mut ada, "for Globex").await;
        assert_eq!(texts(&mut ada).await, ["for Globex"]);
        assert_eq!(texts(&mut grace).await, ["from Grace", "for Acme"]);
        // Not even by who wrote it, from another organization.
        app.switch_organization(&mut ada, "Acme").await;
        assert_eq!(remove(&mut ada, &id).await, StatusCode::NOT_FOUND);
        app.switch_organization(&mut ada, "Globex").await;
        assert_eq!(remove(&mut ada, &id).await, StatusCode::OK);
        assert_eq!(texts(&mut ada).await, [""; 0]);
    }
}

#[tokio::test]
async fn what_changes_is_news_where_the_page_is_open_and_in_no_other_organization() {
    for app in App::start_on_each().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        let mut elsewhere = app.signed_in(ADA).await;
        app.switch_organization(&mut elsewhere, "Globex").await;
        // Her first note makes her row of users, which notes show.
        written(&mut ada, "milk").await;
        let notes = "list_notes {}";
        assert_eq!(grace.news(notes).await.unwrap()[0]["text"], "milk");
        assert_eq!(elsewhere.news(notes).await, Some(json!([])));
        assert_eq!(grace.news(notes).await, None);

        let id = written(&mut ada, "oats").await;
        assert_eq!(grace.news(notes).await.unwrap()[0]["text"], "oats");
        assert_eq!(remove(&mut ada, &id).await, StatusCode::OK);
        assert_eq!(grace.news(notes).await.unwrap()[0]["text"], "milk");
        assert_eq!(elsewhere.news(notes).await, None);
    }
}

#[tokio::test]
async fn who_is_in_no_organization_neither_reads_nor_writes() {
    let app = App::start().await;
    let mut alan = app.signed_in(ALAN).await;
    let list = alan.query("list_notes").await;
    for answer in [list, write(&mut alan, "hello").await] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    let page = alan.get("/notes").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Choose an organization first"));
    let mut nobody = app.browser();
    let answer = write(&mut nobody, "hello").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let page = nobody.get("/notes").await;
    assert!(page.header("location").starts_with("/sign-in"));
}

#[tokio::test]
async fn one_removes_one_s_own_notes_only() {
    for app in App::start_on_each().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        let id = written(&mut grace, "mine").await;
        assert_eq!(remove(&mut ada, &id).await, StatusCode::NOT_FOUND);
        assert_eq!(remove(&mut grace, &id).await, StatusCode::OK);
        assert_eq!(remove(&mut grace, &id).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn notes_that_are_empty_or_too_long_are_refused_at_their_field() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        let long = "🦀".repeat(281);
        for (text, sentence) in [
            ("", "Write 1 to 280 characters."),
            (" \r\n\u{0}", "Write 1 to 280 characters."),
            (&*long, "Write at most 280 characters: these are 281."),
        ] {
            let answer = write(&mut ada, text).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
            assert_eq!(answer.json()["field"], "text");
            assert_eq!(answer.json()["message"], sentence);
        }
        assert_eq!(texts(&mut ada).await, [""; 0]);
        written(&mut ada, &"🦀".repeat(280)).await;
        written(&mut ada, "a\u{0}b").await;
        assert_eq!(texts(&mut ada).await[0], "ab");
    }
}
