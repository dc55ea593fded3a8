//! The app as it is run: its own list, in two processes, and while its database is away.

use crate::{
    page::Page,
    postgres::{self, Postgres},
    process::Process,
    support::{ADA, App, Browser},
};
use authkit_app::DatabaseSettings;
use authkit_live::{FromServer, Revision};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use starter::numbers::model::{Count, ListNumbers};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};

async fn add(browser: &mut Browser, value: i64) -> StatusCode {
    let json = [("accept", "application/json")];
    let value = value.to_string();
    let form = [("value", value.as_str())];
    let added = browser.send(Method::POST, "/api/add_number", &json, Some(&form));
    added.await.status
}

fn values_of(numbers: &[Value]) -> Vec<i64> {
    let values = numbers.iter().map(|number| number["value"].as_i64());
    values.map(Option::unwrap).collect()
}

/// The values of the next answer.
async fn values(page: &mut Page) -> Vec<i64> {
    let FromServer::Answer { answer, .. } = page.next::<Vec<Value>>().await else {
        panic!("no answer");
    };
    values_of(&answer)
}

async fn what_one_process_adds_is_seen_on_the_other(database: (&str, &str)) {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let processes = Process::several(crate::PROGRAM, 2, &door, database).await;
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
        assert_eq!(add(&mut here, value).await, StatusCode::OK);
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

#[tokio::test]
async fn a_database_that_stops_for_ten_seconds_under_load_costs_nothing_but_time() {
    let mut postgres = Postgres::start().await;
    let database = DatabaseSettings::Postgres(postgres.database().await.into());
    let app = App::start_on(database).await;
    let mut ada = app.signed_in(ADA).await;
    let mut page = Page::open(&app.address(), app.authkit.origin(), &ada).await;
    // More numbers than this would hide what is lost.
    let count = Count::try_from(100).unwrap();
    page.follow(&ListNumbers { count }, Revision::default())
        .await;
    assert!(values(&mut page).await.is_empty());

    let [good, unavailable] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let mut browser = ada.clone();
        let (good, unavailable) = (Arc::clone(&good), Arc::clone(&unavailable));
        let done = Arc::clone(&done);
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for value in writer * 1_000.. {
                match add(&mut browser, value).await {
                    StatusCode::OK => {
                        acknowledged.push(value);
                        good.fetch_add(1, Ordering::Relaxed);
                    }
                    StatusCode::SERVICE_UNAVAILABLE => {
                        unavailable.fetch_add(1, Ordering::Relaxed);
                    }
                    other => panic!("{other}"),
                }
                if done.load(Ordering::Relaxed) {
                    break;
                }
                // Not more numbers than the list holds.
                sleep(Duration::from_millis(200)).await;
            }
            acknowledged
        });
    }
    let reaches = async |counter: &AtomicUsize, count: usize| {
        while counter.load(Ordering::Relaxed) < count {
            sleep(Duration::from_millis(5)).await;
        }
    };
    reaches(&good, 12).await;
    postgres.stop().await;
    let away = tokio::time::Instant::now() + Duration::from_secs(10);
    while !matches!(page.message::<Vec<Value>>().await, FromServer::Behind(true)) {}
    let account = ada.get("/account").await.status;
    assert_eq!(account, StatusCode::OK, "what needs no database goes on");
    let shown = ada.get("/live").await;
    assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(shown.body.contains("The numbers can’t be shown right now"));
    reaches(&unavailable, 8).await;
    tokio::time::sleep_until(away).await;

    postgres.start_again().await;
    let before = good.load(Ordering::Relaxed);
    reaches(&good, before + 12).await;
    done.store(true, Ordering::Relaxed);
    let acknowledged: BTreeSet<i64> = writers.join_all().await.into_iter().flatten().collect();
    // The page, which has been there all the time, ends with all of them.
    let mut seen = Vec::new();
    while !acknowledged.iter().all(|value| seen.contains(value)) {
        if let FromServer::Answer { answer, .. } = page.next::<Vec<Value>>().await {
            seen = values_of(&answer);
        }
    }
    let each: BTreeSet<i64> = seen.iter().copied().collect();
    assert_eq!(each.len(), seen.len(), "doubled");
    let path = "/api/list_numbers?count=100";
    let listed = ada.get_with(path, &[("accept", "application/json")]).await;
    let listed: Vec<Value> = serde_json::from_str(&listed.body).unwrap();
    assert_eq!(values_of(&listed), seen);
}
