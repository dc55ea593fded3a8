//! Sessions that end: so do their streams, in this process and in any other, within two seconds.

use crate::{
    page::Page,
    postgres,
    process::Process,
    support::{ADA, ALAN, App, Browser},
    tally::{Place, Tally, start},
};
use authkit_live::{FromServer, Problem, Revision, close};
use reqwest::Method;
use serde_json::{Value, json};

/// Opens a stream and makes sure that the session counts.
async fn follow(page: &mut Page) {
    page.send(r#"{"follow":{"key":"list_numbers {\"count\":20}","seen":[]}}"#)
        .await;
    match page.next::<Value>().await {
        FromServer::Answer { .. } => {}
        other => panic!("{other:?}"),
    }
}

async fn page_of(app: &App, browser: &Browser) -> Page {
    let mut page = Page::open(&app.address(), app.authkit.origin(), browser).await;
    follow(&mut page).await;
    page
}

async fn switch(browser: &mut Browser, organization_id: &str) {
    let json = [("accept", "application/json")];
    let form = [("organization_id", organization_id)];
    let path = "/auth/switch-organization";
    let answer = browser.send(Method::POST, path, &json, Some(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn over() -> (u16, String) {
    (close::SESSION_OVER, "session_over".to_owned())
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_the_session_and_no_other() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let elsewhere = app.signed_in(ADA).await;
    let mut tabs = [page_of(&app, &browser).await, page_of(&app, &browser).await];
    let mut other = page_of(&app, &elsewhere).await;
    browser.post("/sign-out").await;
    for tab in &mut tabs {
        assert_eq!(tab.closes_in_time().await, over());
    }
    other.hears_nothing().await;
    // With what is left of the cookies there is nobody to follow anything.
    let mut page = Page::open(&app.address(), app.authkit.origin(), &browser).await;
    page.send(r#"{"follow":{"key":"list_numbers {\"count\":20}","seen":[]}}"#)
        .await;
    let FromServer::Refused { problem, .. } = page.next::<Value>().await else {
        panic!("not refused");
    };
    assert_eq!(problem, Problem::SignedOut);
}

#[tokio::test]
async fn a_stream_with_a_copied_cookie_ends_too() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let copy = browser.clone();
    let mut page = page_of(&app, &copy).await;
    browser.post("/sign-out").await;
    assert_eq!(page.closes_in_time().await, over());
    let mut page = Page::open(&app.address(), app.authkit.origin(), &copy).await;
    page.send(r#"{"follow":{"key":"list_numbers {\"count\":20}","seen":[]}}"#)
        .await;
    let refused = page.next::<Value>().await;
    assert!(matches!(refused, FromServer::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn revoking_a_session_ends_its_stream() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let mut page = page_of(&app, &browser).await;
    let id = browser.id("session_0").await;
    app.authkit.revoke_session(&id).await.unwrap();
    assert_eq!(page.closes_in_time().await, over());
}

#[tokio::test]
async fn deleting_a_user_ends_all_their_streams() {
    let app = App::start_with_webhooks().await;
    let browsers = [app.signed_in(ADA).await, app.signed_in(ADA).await];
    let alan = app.signed_in(ALAN).await;
    let mut theirs = [
        page_of(&app, &browsers[0]).await,
        page_of(&app, &browsers[1]).await,
    ];
    let mut his = page_of(&app, &alan).await;
    app.control.delete_user(ADA).unwrap();
    for page in &mut theirs {
        assert_eq!(page.closes_in_time().await, over());
    }
    his.hears_nothing().await;
}

#[tokio::test]
async fn moving_to_another_organization_ends_the_streams_of_the_one_before() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    let mut in_acme = page_of(&app, &browser).await;
    switch(&mut browser, &globex).await;
    assert_eq!(in_acme.closes_in_time().await, over());

    let mut in_globex = page_of(&app, &browser).await;
    switch(&mut browser, &acme).await;
    assert_eq!(in_globex.closes_in_time().await, over());
    let mut back = page_of(&app, &browser).await;
    // And again, most likely within the same second.
    switch(&mut browser, &globex).await;
    assert_eq!(back.closes_in_time().await, over());
    let mut stays = page_of(&app, &browser).await;
    switch(&mut browser, &globex).await;
    stays.hears_nothing().await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_handshake_that_crosses_a_move_does_not_stay_in_the_organization_before() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    // What the handshake was sent with.
    let before = browser.clone();
    app.advance(2);
    switch(&mut browser, &globex).await;
    let mut late = Page::open(&app.address(), app.authkit.origin(), &before).await;
    assert_eq!(late.closes_in_time().await, over());
    page_of(&app, &browser).await.hears_nothing().await;
}

#[tokio::test]
async fn a_stream_opened_with_a_cookie_from_before_a_move_ends_whenever_it_is_opened() {
    let app = App::start_remembering().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    let in_acme = browser.clone();
    // Within the same second, most likely.
    switch(&mut browser, &globex).await;
    for seconds in [0, 7] {
        app.advance(seconds);
        let mut late = Page::open(&app.address(), app.authkit.origin(), &in_acme).await;
        assert_eq!(late.closes_in_time().await, over(), "{seconds} s later");
    }
    app.advance(0);
    let app = app.restart().await;
    let mut late = Page::open(&app.address(), app.authkit.origin(), &in_acme).await;
    assert_eq!(late.closes_in_time().await, over(), "after a restart");
    page_of(&app, &browser).await.hears_nothing().await;

    // Back where it came from, the old cookie says again what is true.
    let in_globex = browser.clone();
    switch(&mut browser, &acme).await;
    page_of(&app, &in_acme).await.hears_nothing().await;
    let mut late = Page::open(&app.address(), app.authkit.origin(), &in_globex).await;
    assert_eq!(late.closes_in_time().await, over());
}

#[tokio::test]
async fn streams_end_in_other_processes_too_on_postgresql() {
    let database = postgres::shared().await.database().await;
    streams_end_elsewhere(("DATABASE_URL", &database)).await;
}

#[tokio::test]
async fn streams_end_in_other_processes_too_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    streams_end_elsewhere(("DATA_DIR", folder.path().to_str().unwrap())).await;
}

async fn streams_end_elsewhere(database: (&str, &str)) {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let acme = door.control.organization_id("Acme").unwrap();
    let globex = door.control.organization_id("Globex").unwrap();
    let processes = Process::several(crate::PROGRAM, 2, &door, database).await;
    let open = async |browser: &Browser| {
        let server = processes[1].browser(browser).origin;
        let mut page = Page::open(&server, door.authkit.origin(), browser).await;
        follow(&mut page).await;
        page
    };
    let mut browser = processes[0].browser(&door.signed_in(ADA).await);
    let mut witness = processes[0].browser(&door.signed_in(ADA).await);

    let mut in_acme = open(&browser).await;
    switch(&mut browser, &globex).await;
    assert_eq!(in_acme.closes_in_time().await, over());

    // Another process may hear a moment later of two moves within one second.
    door.second_begins().await;
    let mut in_globex = open(&browser).await;
    switch(&mut browser, &acme).await;
    // Back in the first: the news that it was left, come late or twice, must not end this.
    let mut back = open(&browser).await;
    assert_eq!(in_globex.closes_in_time().await, over());
    let mut witnessed = open(&witness).await;
    witness.post("/sign-out").await;
    assert_eq!(witnessed.closes_in_time().await, over());
    back.hears_nothing().await;

    browser.post("/sign-out").await;
    assert_eq!(back.closes_in_time().await, over());
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_connecting_again_renews_the_session() {
    let host = App::start().await;
    host.control.set_access_token_lifetime(3);
    let mut browser = host.signed_in(ADA).await;
    let mut page = page_of(&host, &browser).await;
    let renew = (close::RENEW, "renew".to_owned());
    assert_eq!(page.closed().await, renew);

    let before = browser.cookies.clone();
    let page = page_of(&host, &browser).await;
    assert!(
        !page.set_cookies.is_empty(),
        "the handshake sets the cookie"
    );
    for line in &page.set_cookies {
        let cookie = cookie::Cookie::parse(line.as_str()).unwrap();
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        browser.cookies.insert(name, value);
    }
    assert_ne!(browser.cookies, before);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_program_follows_with_its_token_until_that_expires_or_its_session_ends() {
    let (app, _, server) = start(&Place::file()).await;
    let open = async |lifetime: u64| {
        let now = app.clock.now();
        let claims = json!({
            "iss": app.control.issuer(), "sub": "user_mobile", "sid": "session_mobile",
            "iat": now, "exp": now + lifetime, "client_id": "client_emulator",
        });
        let token = app.control.sign(&claims).unwrap();
        // From anywhere: a program has no origin, and no other site can send its token.
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let mut page = Page::connect(&server.url, &headers).await.unwrap();
        page.follow(&Tally::of("program"), Revision::default())
            .await;
        page.answer_with(0).await;
        page
    };
    let renew = (close::RENEW, "renew".to_owned());
    assert_eq!(open(4).await.closed().await, renew);
    let mut page = open(300).await;
    app.authkit.revoke_session("session_mobile").await.unwrap();
    assert_eq!(page.closes_in_time().await, over());
}

#[tokio::test]
async fn a_token_that_is_not_accepted_gets_no_stream() {
    let (_app, _, server) = start(&Place::file()).await;
    let refusal = Page::connect(&server.url, &[("authorization", "Bearer nonsense")]).await;
    assert_eq!(refusal.err().unwrap().status, 401);
}
