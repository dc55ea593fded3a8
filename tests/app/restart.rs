//! A restart of the development server, as after every rebuild: nobody is signed out by it.

use super::support::{ADA, ANY_PORT, App};
use std::net::SocketAddr;

fn addr(url: &url::Url) -> SocketAddr {
    SocketAddr::new(ANY_PORT.ip(), url.port().unwrap())
}

#[tokio::test]
async fn a_restart_signs_nobody_out() {
    let app = App::start_in(tempfile::tempdir().unwrap(), ANY_PORT, ANY_PORT).await;
    let mut browser = app.signed_in(ADA).await;
    let (server, emulator) = (addr(&app.origin), addr(&app.emulator_origin));
    let data = app.stop().await;

    let app = App::start_in(data, server, emulator).await;
    assert!(browser.is_signed_in().await, "the cookie is still ours");
    app.advance(400);
    assert!(
        browser.is_signed_in().await,
        "the refresh token is still known"
    );
}

#[tokio::test]
async fn a_sign_in_goes_on_after_a_restart() {
    let app = App::start_in(tempfile::tempdir().unwrap(), ANY_PORT, ANY_PORT).await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let (server, emulator) = (addr(&app.origin), addr(&app.emulator_origin));
    let data = app.stop().await;

    let _app = App::start_in(data, server, emulator).await;
    let callback = browser.enter_password(&page, ADA).await;
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/account");
}
