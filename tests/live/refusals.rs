//! What is refused, and how it is said.

use crate::{
    page::{PATIENCE, Page, Refusal, key},
    support::{ADA, App, Browser},
    tally::{Place, Secret, Server, Tally, start},
};
use authkit_live::{FromServer, Problem, Revision, close};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

async fn refused(page: &mut Page, asked: &str) -> Problem {
    let follow = json!({"follow": {"key": asked, "seen": []}}).to_string();
    page.send(&follow).await;
    match page.next::<Value>().await {
        FromServer::Refused { key, problem } => {
            assert_eq!(key, asked);
            problem
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_can_not_be_followed_is_refused_and_the_rest_goes_on() {
    let (_app, browser, server) = start(&Place::file()).await;
    let mut page = server.page(&browser).await;
    let tally = Tally::of("refusals");
    page.follow(&tally, Revision::default()).await;
    page.answer_with(0).await;
    for (asked, problem) in [
        ("", Problem::Unknown),
        ("no_such_query {}", Problem::Unknown),
        ("tally", Problem::Arguments),
        ("tally ", Problem::Arguments),
        ("tally {}", Problem::Arguments),
        ("tally null", Problem::Arguments),
        (r#"tally {"of":7,"padding":0}"#, Problem::Arguments),
        // Good, and not written as the query writes it.
        (r#"tally {"of": "a","padding":0}"#, Problem::Arguments),
        (r#"tally {"padding":0,"of":"a"}"#, Problem::Arguments),
        (r#"tally {"of":"a","padding":0,"x":1}"#, Problem::Arguments),
        (r#"list_numbers {"count":20}"#, Problem::Unknown),
        ("secret null", Problem::Forbidden),
    ] {
        assert_eq!(refused(&mut page, asked).await, problem, "{asked}");
    }
    server.add("refusals").await;
    page.answer_with(1).await;
}

#[tokio::test]
async fn absurd_counts_are_refused_by_the_stream_too() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    let mut page = Page::open(&app.address(), app.authkit.origin(), &browser).await;
    for count in [
        "0",
        "-1",
        "101",
        "257",
        "1e9",
        "99999999999999999999",
        "null",
    ] {
        let asked = format!(r#"list_numbers {{"count":{count}}}"#);
        let problem = refused(&mut page, &asked).await;
        assert_eq!(problem, Problem::Arguments, "{count}");
    }
}

/// How many streams a session may have.
const STREAMS: usize = 256;

async fn connect(server: &Server, browser: &Browser) -> Result<Page, Refusal> {
    let cookie = browser.cookie_header();
    let headers = [("origin", server.origin.as_str()), ("cookie", &cookie)];
    Page::connect(&server.url, &headers).await
}

/// Connects as soon as the server has heard that another stream of the session is over.
async fn connect_at_last(server: &Server, browser: &Browser) -> Page {
    loop {
        match connect(server, browser).await {
            Ok(page) => return page,
            Err(refusal) => assert_eq!(refusal.status, 429, "{}", refusal.text),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_session_with_too_many_streams_opens_no_more_until_one_is_closed() {
    let (app, browser, server) = start(&Place::file()).await;
    let mut pages = Vec::new();
    for _ in 0..STREAMS {
        pages.push(server.page(&browser).await);
    }
    let refusal = connect(&server, &browser).await.err().unwrap();
    assert_eq!(refusal.status, 429);
    assert!(refusal.text.contains("Close some of its pages"));
    let again = app.signed_in(ADA).await;
    assert!(connect(&server, &again).await.is_ok(), "another session");

    drop(pages.pop());
    let page = timeout(PATIENCE, connect_at_last(&server, &browser)).await;
    pages.push(page.unwrap());
    assert!(connect(&server, &browser).await.is_err());
}

#[tokio::test]
async fn a_page_that_takes_nothing_is_dropped() {
    let (_app, browser, server) = start(&Place::file()).await;
    let mut stuck = server.page(&browser).await;
    // More than the two ends of a connection hold for it.
    let tally = Tally {
        padding: 32 * 1024 * 1024,
        ..Tally::of("stuck")
    };
    let mut pages = Vec::new();
    for _ in 1..STREAMS {
        pages.push(server.page(&browser).await);
    }
    stuck.follow(&tally, Revision::default()).await;
    assert!(connect(&server, &browser).await.is_err());
    // Its place is free after ten seconds.
    let next = timeout(3 * PATIENCE, connect_at_last(&server, &browser)).await;
    assert!(next.is_ok(), "it is still there");
    for page in &mut pages {
        page.hears_nothing().await;
    }
    drop(stuck);
}

#[tokio::test]
async fn a_stream_of_nobody_follows_nothing() {
    let (app, _, server) = start(&Place::file()).await;
    let mut page = server.page(&app.browser()).await;
    let asked = key(&Tally::of("nobody"));
    assert_eq!(refused(&mut page, &asked).await, Problem::SignedOut);
    assert_eq!(refused(&mut page, &key(&Secret)).await, Problem::SignedOut);
}

#[tokio::test]
async fn a_page_follows_thirty_two_queries_at_most() {
    let (_app, browser, server) = start(&Place::file()).await;
    let mut page = server.page(&browser).await;
    let tally = |number: usize| Tally::of(&format!("many {number}"));
    for number in 0..32 {
        page.follow(&tally(number), Revision::default()).await;
        page.answer_with(0).await;
    }
    assert_eq!(refused(&mut page, &key(&tally(32))).await, Problem::TooMany);
    // The same one again is not one more.
    page.follow(&tally(7), Revision::default()).await;
    page.hears_nothing().await;
    page.leave(&tally(7)).await;
    page.follow(&tally(32), Revision::default()).await;
    page.answer_with(0).await;
}

#[tokio::test]
async fn two_thousand_re_follows_are_answered_once_and_end_the_stream() {
    let (app, browser, server) = start(&Place::file()).await;
    let tally = Tally {
        padding: 16 * 1024,
        ..Tally::of("again")
    };
    let mut page = server.page(&browser).await;
    page.follow(&tally, Revision::default()).await;
    page.answer_with(0).await;
    page.follow(&tally, Revision::default()).await;
    page.hears_nothing().await;
    let follow = json!({"follow": {"key": key(&tally), "seen": []}}).to_string();
    page.flood(2_000, &follow).await;
    assert_eq!(page.ended().await, (close::TOO_MANY, 0));

    // Connecting again, or another stream, is no way around it. Another session is.
    let mut page = server.page(&browser).await;
    page.flood(1_000, &follow).await;
    let (code, answers) = page.ended().await;
    assert_eq!(code, close::TOO_MANY);
    assert!(answers <= 1, "{answers}");
    let other = app.signed_in(ADA).await;
    let mut page = server.page(&other).await;
    page.follow(&tally, Revision::default()).await;
    page.answer_with(0).await;
}

#[tokio::test]
async fn a_session_follows_a_query_with_free_arguments_in_256_ways_at_most() {
    let (app, browser, server) = start(&Place::file()).await;
    let tally = |number: usize| Tally::of(&format!("free {number}"));
    let mut pages = Vec::new();
    for page in 0..8 {
        pages.push(server.page(&browser).await);
        for number in 0..32 {
            let tally = tally(32 * page + number);
            pages[page].follow(&tally, Revision::default()).await;
            pages[page].answer_with(0).await;
        }
    }
    let one_more = key(&tally(256));
    let mut page = server.page(&browser).await;
    assert_eq!(refused(&mut page, &one_more).await, Problem::TooMany);
    // Those that it follows already cost nothing more.
    page.follow(&tally(0), Revision::default()).await;
    page.answer_with(0).await;
    let mut other = server.page(&app.signed_in(ADA).await).await;
    other.follow(&tally(256), Revision::default()).await;
    other.answer_with(0).await;
    pages[7].leave(&tally(255)).await;
    pages[7].hears_nothing().await;
    page.follow(&tally(256), Revision::default()).await;
    page.answer_with(0).await;
}

#[tokio::test]
async fn of_400_anonymous_streams_some_are_refused_and_those_of_sessions_are_not() {
    let (app, browser, server) = start(&Place::file()).await;
    let stranger = app.browser();
    let connecting = (0..400).map(|_| connect(&server, &stranger));
    let (opened, refused): (Vec<_>, Vec<_>) = futures_util::future::join_all(connecting)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert!(opened.len() >= 256, "{}", opened.len());
    assert!(!refused.is_empty());
    for refusal in refused {
        let refusal = refusal.err().unwrap();
        assert_eq!(refusal.status, 503, "{}", refusal.text);
    }
    let mut page = server.page(&browser).await;
    page.hears_nothing().await;
    drop(opened);
    let free = async { while connect(&server, &stranger).await.is_err() {} };
    assert!(timeout(PATIENCE, free).await.is_ok(), "no place is free");
}

#[tokio::test]
async fn what_is_no_message_ends_the_stream_with_a_reason() {
    let (_app, browser, server) = start(&Place::file()).await;
    let malformed_seen = json!({"follow": {"key": "tally {}", "seen": "7; DROP TABLE"}});
    let too_long = json!({"leave": {"key": "x".repeat(20_000)}});
    for (sent, code, reason) in [
        ("hello", close::MALFORMED, "not_a_message"),
        ("{}", close::MALFORMED, "not_a_message"),
        (r#"{"drop":{}}"#, close::MALFORMED, "not_a_message"),
        (
            &malformed_seen.to_string(),
            close::MALFORMED,
            "not_a_message",
        ),
        (
            r#"{"follow":{"key":"tally {}","seen":[["a",-1]]}}"#,
            close::MALFORMED,
            "not_a_message",
        ),
        // The refusal would be another message.
        (
            r#"{"follow":{"key":"tally {}\n\nbehind true","seen":[]}}"#,
            close::MALFORMED,
            "not_a_message",
        ),
        (&too_long.to_string(), close::TOO_LONG, "too_long"),
    ] {
        let mut page = server.page(&browser).await;
        page.send(sent).await;
        let closed = page.closed().await;
        assert_eq!(closed, (code, reason.to_owned()), "{}", sent.len());
    }
    let mut page = server.page(&browser).await;
    page.send_binary(b"\x00\x01").await;
    assert_eq!(page.closed().await, (close::MALFORMED, "binary".to_owned()));
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_stream() {
    let (_app, browser, server) = start(&Place::file()).await;
    let cookie = browser.cookie_header();
    let other_port = format!("{}0", server.origin);
    for origin in ["https://evil.example", "null", "", &other_port] {
        let headers = [("origin", origin), ("cookie", cookie.as_str())];
        let refusal = Page::connect(&server.url, &headers).await;
        let refusal = refusal.err().unwrap();
        assert_eq!(refusal.status, 403, "{origin}");
        assert!(refusal.text.contains(&server.origin), "{}", refusal.text);
    }
    let refusal = Page::connect(&server.url, &[("cookie", &cookie)]).await;
    assert_eq!(refusal.err().unwrap().status, 403, "no browser sends none");
}

#[tokio::test]
async fn a_plain_request_is_told_what_is_there() {
    let (_app, _browser, server) = start(&Place::file()).await;
    let answer = reqwest::get(server.url.join("/live/stream").unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), 426);
    assert_eq!(answer.headers()["upgrade"], "websocket");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("This address is a WebSocket"), "{text}");
}

#[tokio::test]
async fn without_the_layer_there_is_no_stream() {
    let (_app, browser, server) = start(&Place::file()).await;
    let listener = tokio::net::TcpListener::bind(crate::support::ANY_PORT).await;
    let listener = listener.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = server.live.routes::<()>();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let cookie = browser.cookie_header();
    let headers = [("origin", server.origin.as_str()), ("cookie", &cookie)];
    let refusal = Page::connect(&url.parse().unwrap(), &headers).await;
    assert_eq!(refusal.err().unwrap().status, 500);
    serving.abort();
}

#[tokio::test]
async fn two_queries_of_one_name_are_a_mistake_that_shows_at_start() {
    let place = Place::file();
    let store = place.store().await;
    let twice = std::panic::AssertUnwindSafe(async {
        authkit_live::server::Live::builder(store)
            .query::<Tally>()
            .query::<Tally>()
            .start()
    });
    assert!(twice.catch_unwind().await.is_err());
}

#[tokio::test]
async fn a_session_that_can_not_be_checked_gets_no_stream_for_now() {
    use authkit_emulator::{Endpoint, Fault};
    let (app, browser, server) = start(&Place::file()).await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::reset());
    app.advance(400);
    let cookie = browser.cookie_header();
    let headers = [("origin", server.origin.as_str()), ("cookie", &cookie)];
    let refusal = Page::connect(&server.url, &headers).await;
    assert_eq!(refusal.err().unwrap().status, 503);
}
