//! Session cookies that are not ours any more: signed out, cleared, and never a panic.

use super::support::{ADA, App, Browser, SESSION};

/// The page is a signed-out one, and the cookie goes, in as many pieces as it came.
async fn is_refused(mut browser: Browser) {
    let pieces: Vec<_> = browser.cookies.keys().cloned().collect();
    let page = browser.get("/").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.body.contains("Sign in to this page"));
    for piece in pieces.iter().filter(|name| name.starts_with(SESSION)) {
        assert!(
            !browser.cookies.contains_key(piece),
            "{piece} is still there"
        );
    }
}

#[tokio::test]
async fn the_cookie_is_http_only_lax_and_for_all_paths() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in").await;
    let callback = browser.enter_password(&page, ADA).await;
    let answer = browser.get(callback.as_str()).await;
    let cookies = answer.set_cookies();
    let session = cookies
        .iter()
        .find(|cookie| cookie.starts_with("wos-session="))
        .unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(session.contains(attribute), "{attribute}");
    }
    assert!(session.len() < 4_096);
}

#[tokio::test]
async fn a_truncated_cookie_is_refused() {
    let app = App::start().await;
    for cut in [1, 10, 500] {
        let mut browser = app.signed_in(ADA).await;
        let value = browser.cookies.get_mut(SESSION).unwrap();
        value.truncate(value.len() - cut);
        is_refused(browser).await;
    }
}

#[tokio::test]
async fn a_cookie_in_chunks_is_read_and_reordered_chunks_are_refused() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let value = browser.cookies.remove(SESSION).unwrap();
    let (one, two) = value.split_at(value.len() / 2);
    browser
        .cookies
        .insert(format!("{SESSION}.0"), one.to_owned());
    browser
        .cookies
        .insert(format!("{SESSION}.1"), two.to_owned());
    assert!(browser.is_signed_in().await);
    browser
        .cookies
        .insert(format!("{SESSION}.0"), two.to_owned());
    browser
        .cookies
        .insert(format!("{SESSION}.1"), one.to_owned());
    is_refused(browser).await;
}

#[tokio::test]
async fn a_cookie_replayed_from_another_name_is_refused() {
    use authkit_leptos::authkit::server::core::seal::Sealer;
    let sealer = Sealer::new(&"p".repeat(32).into(), []);
    let other = sealer.seal([1; 12], "session cookie other-session", b"anything");
    assert!(sealer.open("session cookie wos-session", &other).is_err());

    // An attempt's state is sealed by the same key for another purpose.
    let app = App::start().await;
    let mut browser = app.browser();
    let state = browser.get("/sign-in").await.parameter("state").unwrap();
    browser.cookies.insert(SESSION.to_owned(), state);
    is_refused(browser).await;
}

#[tokio::test]
async fn a_cookie_sealed_by_another_password_is_refused() {
    let (one, two) = (App::start().await, App::start().await);
    let mut browser = two.browser();
    browser.cookies = one.signed_in(ADA).await.cookies;
    is_refused(browser).await;
}

#[tokio::test]
async fn a_cookie_of_100_kilobytes_is_refused() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser
        .cookies
        .insert(SESSION.to_owned(), "x".repeat(100 * 1024));
    is_refused(browser).await;
    let mut browser = app.browser();
    for index in 0..25 {
        browser
            .cookies
            .insert(format!("{SESSION}.{index}"), "x".repeat(4_000));
    }
    is_refused(browser).await;
}

#[tokio::test]
async fn nonsense_in_the_cookie_is_refused() {
    let app = App::start().await;
    for nonsense in ["1", "1.2.3", "9.abcdabcd.AAAA", "..", "\"", "%00"] {
        let mut browser = app.browser();
        browser
            .cookies
            .insert(SESSION.to_owned(), nonsense.to_owned());
        is_refused(browser).await;
    }
}
