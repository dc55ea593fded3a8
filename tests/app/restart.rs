//! A restart of the development server, as after every rebuild: nobody is signed out by it.

use super::support::{ADA, App, emulator_settings, settings};
use authkit_emulator::Endpoint;
use sqlx::{Connection, Executor, SqliteConnection};
use std::time::Duration;

#[tokio::test]
async fn a_restart_signs_nobody_out() {
    let app = App::start_remembering().await;
    let mut browser = app.signed_in(ADA).await;
    let app = app.restart().await;
    assert!(browser.is_signed_in().await, "the cookie is still ours");
    app.advance(400);
    assert!(
        browser.is_signed_in().await,
        "the refresh token is still known"
    );
}

#[tokio::test]
async fn a_sign_in_goes_on_after_a_restart() {
    let app = App::start_remembering().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let _app = app.restart().await;
    let callback = browser.enter_password(&page, ADA).await;
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/account");
}

#[tokio::test]
async fn a_session_that_was_signed_out_is_still_over_after_a_restart() {
    let app = App::start_remembering().await;
    let mut browser = app.signed_in(ADA).await;
    let copy = browser.clone();
    browser.post("/sign-out").await;
    let app = app.restart().await;
    assert!(!copy.clone().is_signed_in().await);
    // Not because of the token: that is good.
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
}

#[tokio::test]
async fn two_projects_on_localhost_do_not_sign_each_other_out() {
    let (one, two) = (
        App::start_remembering().await,
        App::start_remembering().await,
    );
    // Cookies are shared by all ports of localhost.
    let mut browser = one.browser();
    browser.sign_in("/sign-in", ADA).await;
    browser.origin = two.origin.clone();
    assert!(!browser.is_signed_in().await);
    browser.sign_in("/sign-in", ADA).await;
    assert!(browser.is_signed_in().await);
    browser.origin = one.origin.clone();
    assert!(browser.is_signed_in().await);
    let names = browser.cookies.keys();
    assert_eq!(
        names
            .filter(|name| name.starts_with("wos-session-"))
            .count(),
        2
    );
}

#[tokio::test]
async fn a_server_starts_once_another_process_lets_go_of_its_sqlite_file() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("app.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let start = starter::process::server(settings(&data, emulator_settings()));
    let let_go = async {
        // Longer than a statement waits for a lock.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        other.execute("COMMIT").await.unwrap();
    };
    let (started, ()) = tokio::join!(start, let_go);
    started.unwrap();
}
