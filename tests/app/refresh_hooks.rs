//! What the app hears of renewed sessions: `on_refresh` and `on_refresh_error`.

use super::support::{ADA, App, Browser, GRACE};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault};
use authkit_leptos::server::{AuthKit, RefreshFailed, Refreshed};
use reqwest::StatusCode;
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

/// What the hooks of some servers were told.
struct Told {
    renewed: UnboundedReceiver<Refreshed>,
    failed: UnboundedReceiver<RefreshFailed>,
    tell: (UnboundedSender<Refreshed>, UnboundedSender<RefreshFailed>),
}

impl Told {
    fn nothing() -> Self {
        let (tell_renewed, renewed) = unbounded_channel();
        let (tell_failed, failed) = unbounded_channel();
        Self {
            renewed,
            failed,
            tell: (tell_renewed, tell_failed),
        }
    }

    fn listen(&self, authkit: &AuthKit) {
        let (renewed, failed) = self.tell.clone();
        authkit.on_refresh(move |it| {
            renewed.send(it).unwrap();
            async { Ok::<_, Infallible>(()) }
        });
        authkit.on_refresh_error(move |it| {
            failed.send(it).unwrap();
            async { Ok::<_, Infallible>(()) }
        });
    }
}

/// The same browser, at another server.
fn at(app: &App, browser: &Browser) -> Browser {
    let mut there = browser.clone();
    there.origin = app.origin.clone();
    there
}

#[tokio::test]
async fn of_fifty_requests_at_two_servers_one_refresh_is_told_once() {
    let host = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = || Some(DatabaseSettings::Sqlite(folder.path().join("app.db")));
    let one = App::start_against_on(&host, &[], database()).await;
    let two = App::start_against_on(&host, &[], database()).await;
    let mut told = Told::nothing();
    let browser = one.signed_in(ADA).await;
    let user_id = host.control.user_id(ADA).unwrap();
    for app in [&one, &two] {
        told.listen(&app.authkit);
        app.advance(400);
    }
    let slow = Fault::latency(Duration::from_millis(300));
    host.control.set_fault(Endpoint::Authenticate, slow);
    let mut requests = JoinSet::new();
    for turn in 0..50 {
        let mut tab = at([&one, &two][turn % 2], &browser);
        requests.spawn(async move { tab.is_signed_in().await });
    }
    assert_eq!(requests.join_all().await, [true; 50]);
    let it = told.renewed.recv().await.unwrap();
    assert_eq!(it.user_id, user_id);
    assert!(it.session_id.starts_with("session_"));
    // Told by now, if they were: everybody had an answer.
    one.authkit.finish().await;
    two.authkit.finish().await;
    assert!(told.renewed.try_recv().is_err());
    assert!(told.failed.try_recv().is_err());
    assert_eq!(host.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn a_failed_refresh_says_whether_the_session_is_over() {
    let app = App::start().await;
    let mut told = Told::nothing();
    told.listen(&app.authkit);
    let mut browser = app.signed_in(ADA).await;
    let session_id = browser.id("session_0").await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(503));
    app.advance(400);
    let page = browser.get("/account").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    let it = told.failed.recv().await.unwrap();
    assert_eq!((&it.session_id, it.is_transient), (&session_id, true));

    let mut grace = app.browser();
    app.control.clear_faults();
    grace.sign_in("/sign-in", GRACE).await;
    let session_id = grace.id("session_0").await;
    app.control.end_sessions_of(GRACE).unwrap();
    app.advance(800);
    assert!(!grace.is_signed_in().await);
    let it = told.failed.recv().await.unwrap();
    assert_eq!((&it.session_id, it.is_transient), (&session_id, false));
    assert_eq!(it.user_id, app.control.user_id(GRACE).unwrap());
    assert!(told.renewed.try_recv().is_err());
}

#[tokio::test]
async fn a_request_does_not_wait_for_a_hook_that_hangs_or_panics() {
    let app = App::start().await;
    app.authkit
        .on_refresh(|_| std::future::pending::<Result<(), Infallible>>());
    app.authkit.on_refresh_error(|it| {
        assert!(it.user_id.is_empty(), "the hook panics");
        async { Ok::<_, Infallible>(()) }
    });
    let mut browser = app.signed_in(ADA).await;
    app.advance(400);
    assert!(browser.is_signed_in().await);
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(800);
    assert!(!browser.is_signed_in().await);
}
