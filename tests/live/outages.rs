//! A database that is out of reach: pages are told, and miss nothing.

use crate::{
    page::Page,
    postgres::Postgres,
    support::{ADA, App},
    tally::{Counted, Place, Server, Tally},
};
use authkit_live::{FromServer, Revision, close};

/// Reads until the page is told this.
async fn is_told(page: &mut Page, behind: bool) -> Option<i64> {
    let mut rows = None;
    loop {
        match page.message::<Counted>().await {
            FromServer::Behind(told) if told == behind => return rows,
            FromServer::Answer { answer, .. } => rows = Some(answer.rows),
            FromServer::Behind(_) | FromServer::Alive | FromServer::Rights(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_database_that_stops_and_comes_back_costs_no_change() {
    let mut postgres = Postgres::start().await;
    let place = Place::on(&postgres).await;
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    let server = Server::start(&place, &app).await;
    let other = Server::start(&place, &app).await;
    let tally = Tally::of("stopped");
    let mut page = server.page(&browser).await;
    page.follow(&tally, Revision::default()).await;
    page.answer_with(0).await;
    server.add("stopped").await;
    page.answer_with(1).await;

    postgres.stop().await;
    assert_eq!(is_told(&mut page, true).await, None);
    assert!(server.try_add("stopped").await.is_err());
    // A page that comes now is told the same.
    let mut late = server.page(&browser).await;
    late.follow(&tally, Revision::default()).await;
    is_told(&mut late, true).await;

    postgres.start_again().await;
    // By another process, and most likely before this one listens again.
    while other.try_add("stopped").await.is_err() {}
    let mut rows = is_told(&mut page, false).await;
    while rows != Some(2) {
        rows = Some(page.answer().await.1.rows);
    }
    late.follow(&tally, Revision::default()).await;
    while late.answer().await.1.rows != 2 {}
    // And goes on as if nothing had been.
    server.add("stopped").await;
    page.answer_with(3).await;
}

#[tokio::test]
async fn a_server_that_stops_says_so_at_once() {
    let (_app, browser, server) = crate::tally::start(&Place::file()).await;
    let mut page = server.page(&browser).await;
    page.follow(&Tally::of("closing"), Revision::default())
        .await;
    page.answer_with(0).await;
    let (closed, ()) = tokio::join!(page.closed(), server.live.close());
    assert_eq!(closed, (close::RESTART, "restart".to_owned()));
    let cookie = browser.cookie_header();
    let headers = [("origin", server.origin.as_str()), ("cookie", &cookie)];
    let refusal = Page::connect(&server.url, &headers).await;
    assert_eq!(refusal.err().unwrap().status, 503);
}

#[tokio::test]
async fn an_app_that_is_stopped_ends_its_streams_and_does_not_wait_for_them() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    let mut page = Page::open(&app.address(), app.authkit.origin(), &browser).await;
    let (closed, _) = tokio::join!(page.closes_in_time(), app.stop());
    assert_eq!(closed.0, close::RESTART);
}
