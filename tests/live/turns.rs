//! Turns over HTTP, for pages whose WebSocket does not get through: the same questions, guards, budgets and ends.

use crate::{
    page::{PATIENCE, key},
    postgres::Postgres,
    support::{ADA, Browser},
    tally::{Counted, Place, Secret, Server, Tally, on_both_databases, start},
};
use authkit_live::{FromServer, Problem, Revision};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(
    a_turn_brings_what_is_newer_and_nothing_else,
    a_turn_that_brings_nothing_runs_no_query,
);

fn request(server: &Server, browser: &Browser) -> RequestBuilder {
    let url = server.url.join("/live/stream").unwrap();
    let request = Client::new().post(url).timeout(2 * PATIENCE);
    request.header("cookie", browser.cookie_header())
}

/// As a page of the app asks.
async fn ask(server: &Server, browser: &Browser, lines: String) -> Response {
    let request = request(server, browser).header("origin", &server.origin);
    request.body(lines).send().await.unwrap()
}

fn follow(key: &str, seen: &Revision) -> String {
    json!({"follow": {"key": key, "seen": seen}}).to_string()
}

/// What the server says to these lines.
async fn turn(server: &Server, browser: &Browser, lines: &[String]) -> Vec<FromServer<Value>> {
    let answer = ask(server, browser, lines.join("\n")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(
        answer.headers()["cache-control"],
        "private, no-store, no-transform"
    );
    let text = answer.text().await.unwrap();
    let messages = text.split_terminator("\n\n");
    let messages = messages.map(|message| FromServer::read(message).unwrap());
    messages
        .map(|message| message.with_answer().unwrap())
        .collect()
}

/// The only answer, to this query.
fn counted(said: Vec<FromServer<Value>>, tally: &Tally) -> (Revision, i64) {
    let [
        FromServer::Answer {
            key: of,
            revision,
            answer,
        },
    ] = said.as_slice()
    else {
        panic!("{said:?}");
    };
    assert_eq!(*of, key(tally));
    let counted: Counted = serde_json::from_value(answer.clone()).unwrap();
    (revision.clone(), counted.rows)
}

async fn a_turn_brings_what_is_newer_and_nothing_else(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("turns");
    let of = key(&tally);
    let said = turn(&server, &browser, &[follow(&of, &Revision::default())]).await;
    let (first, rows) = counted(said, &tally);
    assert_eq!(rows, 0);
    assert_eq!(turn(&server, &browser, &[follow(&of, &first)]).await, []);

    server.add("turns").await;
    server.add("other").await;
    let said = turn(&server, &browser, &[follow(&of, &first)]).await;
    let (second, rows) = counted(said, &tally);
    assert_eq!(rows, 1);
    assert!(second.is_newer_than(&first));
    assert_eq!(turn(&server, &browser, &[follow(&of, &second)]).await, []);

    // What the page has seen of another process is newer than what this one has heard.
    let elsewhere = place.store().await;
    let mut write = elsewhere.write().await.unwrap();
    sqlx::query("INSERT INTO tally (kind) VALUES ('turns')")
        .execute(&mut *write)
        .await
        .unwrap();
    write.changed("turns");
    write.commit().await.unwrap();
    let said = turn(&server, &browser, &[follow(&of, &second)]).await;
    assert_eq!(counted(said, &tally).1, 2);
}

async fn a_turn_that_brings_nothing_runs_no_query(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("quiet");
    let of = key(&tally);
    let said = turn(&server, &browser, &[follow(&of, &Revision::default())]).await;
    let (seen, _) = counted(said, &tally);
    for _ in 0..5 {
        assert_eq!(turn(&server, &browser, &[follow(&of, &seen)]).await, []);
    }
    assert_eq!(tally.runs(), 1);
}

#[tokio::test]
async fn one_turn_asks_for_all_queries_of_a_page_and_each_is_refused_by_itself() {
    let (_app, browser, server) = start(&Place::file()).await;
    let tally = Tally::of("several");
    let lines: Vec<_> = [
        key(&Secret),
        "no_such_query {}".to_owned(),
        "tally {}".to_owned(),
        key(&tally),
    ]
    .iter()
    .map(|key| follow(key, &Revision::default()))
    .collect();
    let said = turn(&server, &browser, &lines).await;
    let problem = |message: &FromServer<Value>| match message {
        FromServer::Refused { problem, .. } => Some(*problem),
        _ => None,
    };
    assert_eq!(
        said.iter().map(problem).collect::<Vec<_>>(),
        [
            Some(Problem::Forbidden),
            Some(Problem::Unknown),
            Some(Problem::Arguments),
            None
        ]
    );
    assert!(matches!(said.last(), Some(FromServer::Answer { .. })));
}

#[tokio::test]
async fn a_turn_asks_for_thirty_two_queries_at_most() {
    let (_app, browser, server) = start(&Place::file()).await;
    let keys = (0..33).map(|number| key(&Tally::of(&format!("many {number}"))));
    let lines: Vec<_> = keys.map(|key| follow(&key, &Revision::default())).collect();
    let said = turn(&server, &browser, &lines).await;
    assert_eq!(said.len(), 33);
    let Some(FromServer::Refused { problem, .. }) = said.last() else {
        panic!("{:?}", said.last());
    };
    assert_eq!(*problem, Problem::TooMany);
}

#[tokio::test]
async fn a_session_over_its_budget_of_messages_has_no_turn_for_now() {
    let (app, browser, server) = start(&Place::file()).await;
    let lines = vec![follow("no_such_query {}", &Revision::default()); 400].join("\n");
    let mut refused = false;
    for _ in 0..4 {
        refused |= ask(&server, &browser, lines.clone()).await.status() == 429;
    }
    assert!(refused);
    let other = app.signed_in(ADA).await;
    let one = follow("no_such_query {}", &Revision::default());
    assert_eq!(ask(&server, &other, one).await.status(), 200);
}

#[tokio::test]
async fn nobody_has_no_turn() {
    let (app, mut browser, server) = start(&Place::file()).await;
    let line = follow(&key(&Tally::of("nobody")), &Revision::default());
    let stranger = app.browser();
    let answer = ask(&server, &stranger, line.clone()).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");

    let cookie = browser.clone();
    assert_eq!(ask(&server, &cookie, line.clone()).await.status(), 200);
    browser.post("/sign-out").await;
    assert_eq!(ask(&server, &cookie, line).await.status(), 401, "over");
}

#[tokio::test]
async fn a_page_of_another_site_has_no_turn() {
    let (_app, browser, server) = start(&Place::file()).await;
    let line = follow(&key(&Tally::of("sites")), &Revision::default());
    for origin in ["https://evil.example", "null", ""] {
        let request = request(&server, &browser).header("origin", origin);
        let answer = request.body(line.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{origin}");
    }
    let answer = request(&server, &browser).body(line).send().await.unwrap();
    assert_eq!(answer.status(), 403, "no browser sends none");
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_a_reason() {
    let (_app, browser, server) = start(&Place::file()).await;
    let too_long = follow(&"x".repeat(20_000), &Revision::default());
    for (lines, reason) in [
        ("hello", "not_a_message"),
        ("{}", "not_a_message"),
        (
            r#"{"follow":{"key":"tally {}","seen":[["a",-1]]}}"#,
            "not_a_message",
        ),
        (&*too_long, "too_long"),
    ] {
        let answer = ask(&server, &browser, lines.to_owned()).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.text().await.unwrap(), reason);
    }
    let bytes = request(&server, &browser).header("origin", &server.origin);
    let answer = bytes.body(vec![0xff, 0xfe]).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let empty = ask(&server, &browser, String::new()).await;
    assert_eq!(empty.status(), 200);
    assert_eq!(empty.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_server_that_stops_has_no_turns() {
    let (_app, browser, server) = start(&Place::file()).await;
    server.live.close().await;
    let line = follow(&key(&Tally::of("closing")), &Revision::default());
    let answer = ask(&server, &browser, line).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn while_the_database_is_away_a_turn_says_that_the_page_may_be_old() {
    let mut postgres = Postgres::start().await;
    let (_app, browser, server) = start(&Place::on(&postgres).await).await;
    let tally = Tally::of("away");
    let lines = [follow(&key(&tally), &Revision::default())];
    let (seen, _) = counted(turn(&server, &browser, &lines).await, &tally);
    postgres.stop().await;
    let lines = [follow(&key(&tally), &seen)];
    let said = turn(&server, &browser, &lines).await;
    assert_eq!(said, [FromServer::Behind(true)]);
    postgres.start_again().await;
    let current = async {
        while !turn(&server, &browser, &lines).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, current).await.is_ok());
}
