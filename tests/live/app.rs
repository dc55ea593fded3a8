//! The app as it is run: its own list, in two processes.

use crate::{
    page::Page,
    postgres,
    process::Process,
    support::{ADA, App, Browser},
};
use authkit_leptos::{
    app::numbers::model::ListNumbers,
    live::{FromServer, Revision},
};
use reqwest::Method;
use serde_json::Value;

async fn add(browser: &mut Browser, value: &str) {
    let json = [("accept", "application/json")];
    let form = [("value", value)];
    let added = browser.send(Method::POST, "/api/add_number", &json, Some(&form));
    let added = added.await;
    assert_eq!(added.status, 200, "{}", added.body);
}

/// The values of the next answer.
async fn values(page: &mut Page) -> Vec<i64> {
    let FromServer::Answer { answer, .. } = page.next::<Vec<Value>>().await else {
        panic!("no answer");
    };
    let values = answer
        .iter()
        .map(|number| number["value"].as_i64().unwrap());
    values.collect()
}

async fn what_one_process_adds_is_seen_on_the_other(database: (&str, &str)) {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let processes = Process::several(2, &door, database).await;
    let ada = door.signed_in(ADA).await;
    let mut here = processes[0].browser(&ada);
    let there = processes[1].browser(&ada);
    let mut pages = Vec::new();
    for browser in [&here, &there] {
        let mut page = Page::open(&browser.origin, door.authkit.origin(), browser).await;
        page.follow(&ListNumbers::default(), Revision::default())
            .await;
        assert!(values(&mut page).await.is_empty());
        pages.push(page);
    }
    let mut expected = Vec::new();
    for value in 1..=3 {
        add(&mut here, &value.to_string()).await;
        expected.insert(0, value);
        for page in &mut pages {
            assert_eq!(values(page).await, expected);
        }
    }
}

#[tokio::test]
async fn what_one_process_adds_is_seen_on_the_other_on_postgresql() {
    let database = postgres::shared().await.database().await;
    what_one_process_adds_is_seen_on_the_other(("DATABASE_URL", &database)).await;
}

#[tokio::test]
async fn what_one_process_adds_is_seen_on_the_other_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = ("DATA_DIR", folder.path().to_str().unwrap());
    what_one_process_adds_is_seen_on_the_other(database).await;
}
