//! Rights that end: with time, with a token, or because WorkOS says so. What a page may follow no more it
//! hears nothing of any more, in any process.

use crate::{
    page::Page,
    postgres,
    process::Process,
    support::{ADA, ALAN, App, Browser},
    tally::{Administrators, Ours, Place, Recent, Server, Tally},
};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault, Webhook};
use authkit_live::{FromServer, LiveQuery, Problem, Revision, close};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const SECRET: &str = "whsec_for_tests";

/// A page of a browser, which keeps the cookies that the handshake sets.
async fn open(server: &Url, app: &App, browser: &mut Browser) -> Page {
    let page = Page::open(server, app.authkit.origin(), browser).await;
    for line in &page.set_cookies {
        let cookie = cookie::Cookie::parse(line.as_str()).unwrap();
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        browser.cookies.insert(name, value);
    }
    page
}

async fn first<Q: LiveQuery>(page: &mut Page, query: &Q) -> Result<Q::Answer, Problem> {
    page.follow(query, Revision::default()).await;
    match page.next::<Q::Answer>().await {
        FromServer::Answer { answer, .. } => Ok(answer),
        FromServer::Refused { problem, .. } => Err(problem),
        _ => unreachable!("of no query"),
    }
}

fn renew() -> (u16, String) {
    (close::RENEW, "renew".to_owned())
}

/// An app that WorkOS tells things, and a process with live queries.
async fn rig() -> (App, Browser, Server) {
    let app = App::start_with_webhooks().await;
    let browser = app.signed_in(ADA).await;
    let server = Server::start(&Place::file(), &app).await;
    (app, browser, server)
}

#[tokio::test]
async fn a_sign_in_that_is_recent_no_more_ends_the_stream_and_the_query_is_refused_then() {
    let app = App::start().await;
    let server = Server::start(&Place::file(), &app).await;
    // Late: from now on it is four seconds.
    let mut browser = app.signed_in(ADA).await;
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Recent).await, Ok(()));
    assert_eq!(page.closed().await, renew());
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Recent).await, Err(Problem::Forbidden));
    // What asks for less goes on.
    assert!(first(&mut page, &Tally::of("recent")).await.is_ok());
    page.hears_nothing().await;
}

#[tokio::test]
async fn a_role_that_is_taken_away_counts_at_once_when_a_webhook_tells() {
    let (app, mut browser, server) = rig().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Administrators).await, Ok(()));
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(page.closes_in_time().await, renew());
    let mut page = open(&server.url, &app, &mut browser).await;
    let refused = first(&mut page, &Administrators).await;
    assert_eq!(refused, Err(Problem::Forbidden));
    assert!(first(&mut page, &Tally::of("role")).await.is_ok());
    assert!(browser.is_signed_in().await);

    app.control.set_role(ADA, &acme, "admin").unwrap();
    assert_eq!(page.closes_in_time().await, renew());
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Administrators).await, Ok(()));
}

#[tokio::test]
async fn a_membership_that_is_taken_away_counts_at_once_when_a_webhook_tells() {
    let (app, mut browser, server) = rig().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Ours).await, Ok(Some(acme.clone())));
    app.control.remove_member(ADA, &acme).unwrap();
    assert_eq!(page.closes_in_time().await, renew());
    // WorkOS does not renew a session for an organization that its user is no member of.
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Ours).await, Err(Problem::SignedOut));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn without_a_webhook_a_role_counts_until_the_token_is_renewed() {
    let app = App::start().await;
    app.control.set_access_token_lifetime(3);
    let acme = app.control.organization_id("Acme").unwrap();
    let mut browser = app.signed_in(ADA).await;
    let server = Server::start(&Place::file(), &app).await;
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Administrators).await, Ok(()));
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(page.closed().await, renew());
    let mut page = open(&server.url, &app, &mut browser).await;
    let refused = first(&mut page, &Administrators).await;
    assert_eq!(refused, Err(Problem::Forbidden));
}

#[tokio::test]
async fn rights_that_changed_and_can_not_be_asked_for_are_not_known_and_not_the_old_ones() {
    let (app, mut browser, server) = rig().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(first(&mut page, &Administrators).await, Ok(()));
    let down = Fault::status(503);
    app.control.set_fault(Endpoint::Authenticate, down);
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(page.closes_in_time().await, renew());
    let cookie = browser.cookie_header();
    let headers = [
        ("origin", app.authkit.origin()),
        ("cookie", cookie.as_str()),
    ];
    let refusal = Page::connect(&server.url, &headers).await.err().unwrap();
    assert_eq!(refusal.status, 503);
    // That is no sign-out.
    app.control.clear_faults();
    let mut body = String::new();
    while !body.contains("action=\"/sign-out\"") {
        body = browser.get("/").await.body;
        assert!(!body.contains("Sign in to this page"), "{body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Tells the app of an event, signed as WorkOS does.
async fn tell(app: &App, event: Value) -> u16 {
    let body = event.to_string();
    let at = (app.clock.now() * 1000).to_string();
    let signature = workos::compute_webhook_signature(SECRET, &at, &body);
    let url = app.address().join("/webhooks/workos").unwrap();
    let request = reqwest::Client::new().post(url).body(body);
    let request = request.header("workos-signature", format!("t={at}, v1={signature}"));
    request.send().await.unwrap().status().as_u16()
}

fn now(app: &App) -> String {
    let now = jiff::Timestamp::from_second(app.clock.now() as i64);
    now.unwrap().to_string()
}

#[tokio::test]
async fn what_a_role_allows_counts_at_once_when_a_webhook_tells() {
    let host = App::start().await;
    let app = App::start_against(&host, &[("WORKOS_WEBHOOK_SECRET", SECRET)]).await;
    let server = Server::start(&Place::file(), &app).await;
    let mut browser = app.signed_in(ADA).await;
    let mut alans = app.signed_in(ALAN).await;
    let mut page = open(&server.url, &app, &mut browser).await;
    let mut his = open(&server.url, &app, &mut alans).await;
    assert!(first(&mut page, &Ours).await.is_ok());
    assert!(first(&mut his, &Ours).await.is_ok());
    let before = browser.cookies.clone();
    for event in ["role.updated", "organization_role.deleted"] {
        let about = json!({"event": event, "data": {"slug": "admin"}, "created_at": now(&app)});
        assert_eq!(tell(&app, about).await, 200);
        assert_eq!(page.closes_in_time().await, renew(), "{event}");
        page = open(&server.url, &app, &mut browser).await;
        // The second event is a later one only if it is of a later second.
        app.second_begins().await;
    }
    assert_ne!(browser.cookies, before, "renewed by the handshake");
    // He has another role.
    his.hears_nothing().await;
}

#[tokio::test]
async fn events_of_rights_that_make_no_sense_change_nothing() {
    let host = App::start().await;
    let app = App::start_against(&host, &[("WORKOS_WEBHOOK_SECRET", SECRET)]).await;
    let server = Server::start(&Place::file(), &app).await;
    let mut browser = app.signed_in(ADA).await;
    let user_id = app.control.user_id(ADA).unwrap();
    app.second_begins().await;
    let mut page = open(&server.url, &app, &mut browser).await;
    assert!(first(&mut page, &Ours).await.is_ok());
    let updated = "organization_membership.updated";
    for (event, data, created_at) in [
        (updated, json!({}), now(&app)),
        (updated, json!({"user_id": 7}), now(&app)),
        (updated, json!({"user_id": ""}), now(&app)),
        (
            "role.updated",
            json!({"slug": "admin".repeat(52)}),
            now(&app),
        ),
        // From before the token was issued.
        (
            updated,
            json!({"user_id": user_id}),
            "2020-01-01T00:00:00Z".to_owned(),
        ),
        // Somebody else's.
        (updated, json!({"user_id": "user_other"}), now(&app)),
    ] {
        let about = json!({"event": event, "data": data, "created_at": created_at});
        assert_eq!(tell(&app, about).await, 200, "{event} {data}");
        page.hears_nothing().await;
    }
    // One of the future concerns no token that is issued much later than now.
    let future = json!({
        "event": updated, "data": {"user_id": user_id}, "created_at": "2999-01-01T00:00:00Z",
    });
    assert_eq!(tell(&app, future).await, 200);
    assert_eq!(page.closes_in_time().await, renew());
    app.advance(200);
    open(&server.url, &app, &mut browser).await;
    let before = browser.cookies.clone();
    app.advance(201);
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.cookies, before, "not renewed again and again");
}

#[tokio::test]
async fn a_change_of_rights_counts_in_other_processes_too_on_postgresql() {
    let url = postgres::shared().await.database().await;
    let database = DatabaseSettings::Postgres(url.clone().into());
    counts_elsewhere(database, ("DATABASE_URL", &url)).await;
}

#[tokio::test]
async fn a_change_of_rights_counts_in_other_processes_too_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = DatabaseSettings::Sqlite(folder.path().join("app.db"));
    let variable = ("DATA_DIR", folder.path().to_str().unwrap());
    counts_elsewhere(database, variable).await;
}

/// WorkOS tells one process, and the streams are in another.
async fn counts_elsewhere(database: DatabaseSettings, variable: (&str, &str)) {
    let host = App::start().await;
    let told = [("WORKOS_WEBHOOK_SECRET", SECRET)];
    let app = App::start_against_on(&host, &told, Some(database)).await;
    let url = app.address().join("/webhooks/workos").unwrap();
    app.control.set_webhook(Some(Webhook {
        url: url.into(),
        secret: SECRET.to_owned(),
    }));
    let acme = app.control.organization_id("Acme").unwrap();
    let process = Process::start(crate::PROGRAM, &app, variable).await;
    let mut browser = process.browser(&app.signed_in(ADA).await);
    let server = browser.origin.clone();
    let mut page = open(&server, &app, &mut browser).await;
    let numbers = r#"{"follow":{"key":"list_numbers {\"count\":20}","seen":[]}}"#;
    page.send(numbers).await;
    let answer = page.next::<Value>().await;
    assert!(matches!(answer, FromServer::Answer { .. }), "{answer:?}");
    let before = browser.cookies.clone();
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(page.closes_in_time().await, renew());
    let mut page = open(&server, &app, &mut browser).await;
    assert_ne!(browser.cookies, before, "renewed by the handshake");
    page.send(numbers).await;
    let answer = page.next::<Value>().await;
    assert!(matches!(answer, FromServer::Answer { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_stream_begins_with_its_rights_as_they_may_have_changed_since_its_page_was_made() {
    let (app, mut browser, server) = rig().await;
    let said = [("accept", "application/json")];
    let said = browser.get_with("/auth/session", &said).await;
    let said: serde_json::Value = serde_json::from_str(&said.body).unwrap();
    let made_with = said["SignedIn"]["rights_digest"].as_u64().unwrap();
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_eq!(u64::from(page.rights().await), made_with);
    app.second_begins().await;
    let acme = app.control.organization_id("Acme").unwrap();
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(page.closed().await, renew());
    let mut page = open(&server.url, &app, &mut browser).await;
    assert_ne!(u64::from(page.rights().await), made_with);
}
