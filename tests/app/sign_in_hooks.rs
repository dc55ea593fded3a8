//! The app's say in a sign-in: `on_sign_in` and `on_sign_in_error`.

use super::{
    support::{ADA, ALAN, Answer, App, Browser, GRACE, Log, SESSION},
    users::row,
};
use authkit_app::Settings;
use authkit_emulator::{BrowserSignIn, Endpoint, Impersonator, OauthProvider};
use authkit_leptos::{
    AuthenticationMethod, ReturnTo, SignInFailure,
    server::{Admit, ExposeSecret, Refusal, SignIn},
};
use authkit_live::server::Store;
use reqwest::StatusCode;
use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What a hook takes that hangs: far longer than a browser waits.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// Says no to everybody but Alan.
async fn only_alan(it: SignIn) -> Result<Admit, Infallible> {
    Ok(match it.user.email.as_str() {
        ALAN => Admit::Yes,
        other => Admit::No(Refusal {
            code: "not_invited",
            sentence: format!("<b>{other}</b> is not invited."),
        }),
    })
}

/// From the link to AuthKit's form, and through it to the callback, which is not opened yet.
async fn up_to_the_callback(browser: &mut Browser, link: &str, email: &str) -> String {
    let page = browser.open(link).await;
    browser.enter_password(&page, email).await.to_string()
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    came.expect("it never came");
}

/// Neither a session nor an attempt.
#[track_caller]
fn has_nothing(browser: &Browser) {
    let mut names = browser.cookies.keys();
    assert!(
        names.all(|name| !name.starts_with(SESSION)),
        "{:?}",
        browser.cookies
    );
}

/// What the session cookie holds, at a server with [`App::PASSWORD`].
fn unsealed(browser: &Browser) -> Vec<u8> {
    let opened = App::sealer().open(
        &format!("session cookie {SESSION}"),
        &browser.cookies[SESSION],
    );
    opened.unwrap()
}

fn shows(page: &Answer, status: StatusCode, text: &str) {
    assert_eq!(page.url.path(), "/sign-in-failed", "{}", page.url);
    assert_eq!(page.status, status);
    assert!(page.body.contains(text), "no {text} in {}", page.body);
}

#[tokio::test]
async fn the_app_is_asked_before_anything_is_set_or_stored() {
    let app = App::start().await;
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    let (tell, mut asked) = mpsc::unbounded_channel();
    let go_on = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&go_on);
    app.authkit.on_sign_in(move |it| {
        tell.send(it).unwrap();
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok::<_, Infallible>(Admit::Yes)
        }
    });
    let mut browser = app.browser();
    let callback = up_to_the_callback(&mut browser, "/sign-in?return_to=/account", ADA).await;
    let (answer, ()) = tokio::join!(browser.get(&callback), async {
        let it = asked.recv().await.unwrap();
        assert_eq!(it.user.email, ADA);
        assert_eq!(row(&store, &it.user.id).await, None, "nothing is stored");
        assert_eq!(it.claims.sub(), it.user.id);
        assert_eq!(it.claims.sid(), it.session_id);
        assert_eq!(it.method, Some(AuthenticationMethod::Password));
        assert_eq!(it.return_to.as_str(), "/account");
        assert!(it.impersonator.is_none() && it.oauth_tokens.is_none());
        assert!(!format!("{it:?}").contains("eyJ"), "no token is shown");
        go_on.add_permits(1);
    });
    let set = answer.set_cookies();
    assert!(set.iter().any(|cookie| cookie.starts_with(SESSION)));
    assert_eq!(answer.location().path(), "/account");
    assert!(browser.is_signed_in().await);
    browser.open(&callback).await;
    assert!(asked.try_recv().is_err(), "once for each code");
}

#[tokio::test]
async fn somebody_whom_the_app_does_not_let_in_reads_its_sentence_and_has_no_session() {
    let app = App::start().await;
    app.authkit.on_sign_in(only_alan);
    let mut browser = app.browser();
    let callback = up_to_the_callback(&mut browser, "/sign-in?return_to=/account", ADA).await;
    let answer = browser.get(&callback).await;
    assert!(!answer.location().as_str().contains("invited."), "sealed");
    let page = browser.follow(answer).await;
    let escaped = "&lt;b&gt;ada@example.com&lt;/b&gt; is not invited.";
    shows(&page, StatusCode::FORBIDDEN, escaped);
    shows(&page, StatusCode::FORBIDDEN, "<code>app_not_invited</code>");
    let again = "/sign-in?return_to=/account&amp;prompt=login";
    assert!(page.body.contains(again), "{}", page.body);
    has_nothing(&browser);
    until(|| app.control.calls_of(Endpoint::Revoke) == 1).await;
    assert_eq!(app.control.end_sessions_of(ADA).unwrap(), 0, "all are over");

    // Another account may.
    let page = browser.sign_in("/sign-in?prompt=login", ALAN).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_refused_sign_in_leaves_the_session_alone_that_the_browser_has() {
    let app = App::start().await;
    app.authkit.on_sign_in(only_alan);
    let mut browser = app.signed_in(ALAN).await;
    let id = browser.id("session_0").await;
    let page = browser.sign_in("/sign-in?prompt=login", GRACE).await;
    shows(&page, StatusCode::FORBIDDEN, "app_not_invited");
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.id("session_0").await, id);
}

#[tokio::test]
async fn a_sentence_that_somebody_else_made_up_is_not_shown() {
    let app = App::start().await;
    let mut browser = app.browser();
    let general = SignInFailure::NotAdmitted.explanation().text;
    for made_up in [
        "said=Call+0900",
        "said=",
        "said=v1.AAAA",
        "sentence=Call+0900",
    ] {
        let link = format!("/sign-in-failed?reason=app_call_0900&{made_up}");
        let page = browser.open(&link).await;
        shows(&page, StatusCode::FORBIDDEN, "<code>app_refused</code>");
        let general = general.replace('\'', "&#x27;");
        assert!(page.body.contains(&general), "{}", page.body);
        assert!(!page.body.contains("0900"), "{made_up}");
    }
    // What was said to somebody half an hour ago is over.
    app.authkit.on_sign_in(only_alan);
    let page = browser.sign_in("/sign-in", ADA).await;
    shows(&page, StatusCode::FORBIDDEN, "is not invited.");
    app.advance(1_800);
    let page = browser.open(page.url.as_str()).await;
    shows(&page, StatusCode::FORBIDDEN, "<code>app_refused</code>");
    assert!(!page.body.contains("is not invited."));
}

#[tokio::test]
async fn somebody_is_let_in_and_led_elsewhere() {
    let app = App::start().await;
    app.authkit.on_sign_in(async |_| {
        Ok::<_, Infallible>(Admit::To(ReturnTo::parse("/account?new=1").unwrap()))
    });
    let mut browser = app.browser();
    let page = browser.sign_in("/sign-in?return_to=/", ADA).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.url.as_str().split_once("/account").unwrap().1,
        "?new=1"
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_signs_nobody_in_and_ends_the_session_at_workos() {
    for panics in [false, true] {
        let app = App::start().await;
        app.authkit.on_sign_in(move |_| async move {
            assert!(!panics, "the hook panics");
            Err(io::Error::other("the guest list is gone"))
        });
        let mut browser = app.browser();
        let page = browser.sign_in("/sign-in", ADA).await;
        page.explains("hook_failed", 500);
        assert!(!page.body.contains("guest list"));
        has_nothing(&browser);
        until(|| app.control.calls_of(Endpoint::Revoke) == 1).await;
        assert_eq!(app.control.end_sessions_of(ADA).unwrap(), 0);
    }
}

#[tokio::test]
async fn the_same_callback_twice_at_once_asks_the_app_once_and_refuses_both() {
    let app = App::start().await;
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    app.authkit.on_sign_in(move |it| {
        *counted.lock().unwrap() += 1;
        only_alan(it)
    });
    let mut browser = app.browser();
    let callback = up_to_the_callback(&mut browser, "/sign-in", ADA).await;
    let (mut one, mut two) = (browser.clone(), browser);
    let (first, second) = tokio::join!(one.open(&callback), two.open(&callback));
    for page in [first, second] {
        shows(&page, StatusCode::FORBIDDEN, "app_not_invited");
    }
    assert_eq!(*asked.lock().unwrap(), 1);
}

#[tokio::test]
async fn the_app_hears_of_a_failed_sign_in_and_leads_elsewhere() {
    let app = App::start().await;
    app.authkit.on_sign_in(only_alan);
    let (tell, mut told) = mpsc::unbounded_channel();
    app.authkit.on_sign_in_error(move |it| {
        let cancelled = it.failure == SignInFailure::Cancelled;
        tell.send(it).unwrap();
        async move {
            match cancelled {
                true => Ok(ReturnTo::parse("/account?cancelled")),
                false => Err(io::Error::other("no page of my own")),
            }
        }
    });
    let mut browser = app.browser();
    let state = browser.get("/sign-in?return_to=/account").await;
    let state = state.parameter("state").unwrap();
    let answer = browser
        .get(&format!("/callback?error=access_denied&state={state}"))
        .await;
    assert_eq!(answer.location().query(), Some("cancelled"));
    let it = told.recv().await.unwrap();
    assert_eq!(it.reason, "access_denied");
    assert_eq!(it.return_to.as_str(), "/account");
    assert_eq!(
        it.request_id.as_deref(),
        Some(answer.header("x-request-id"))
    );

    // A hook that fails changes nothing, and hears of the app's own refusals too.
    let page = browser.sign_in("/sign-in", ADA).await;
    shows(&page, StatusCode::FORBIDDEN, "is not invited.");
    let it = told.recv().await.unwrap();
    assert_eq!(it.failure, SignInFailure::NotAdmitted);
    assert_eq!(it.reason, "app_not_invited");
    browser
        .open("/callback?code=c&state=made-up")
        .await
        .explains("state_invalid", 400);
    assert_eq!(told.recv().await.unwrap().reason, "state_invalid");
}

#[tokio::test]
async fn the_tokens_of_a_provider_reach_the_app_once_and_are_never_in_the_cookie() {
    let host = App::start().await;
    let app = App::start_against(&host, &[]).await;
    let github = Some(OauthProvider::GitHub);
    host.control.set_oauth_provider(ADA, github).unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    app.authkit.on_sign_in(move |it| {
        tell.send(it.oauth_tokens).unwrap();
        async { Ok::<_, Infallible>(Admit::Yes) }
    });
    let mut browser = app.browser();
    let callback = up_to_the_callback(&mut browser, "/sign-in", ADA).await;
    browser.open(&callback).await;
    let tokens = told.recv().await.unwrap().unwrap();
    assert_eq!(tokens.provider, "GitHubOAuth");
    assert!(tokens.expires_at > Some(app.clock.now()), "{tokens:?}");
    let secrets = [&tokens.access_token, &tokens.refresh_token].map(|it| it.expose_secret());
    // As it is sealed at first, and when it is renewed.
    for age in [0, 301] {
        app.advance(age);
        assert!(browser.is_signed_in().await);
        let session = unsealed(&browser);
        let has = |text: &str| {
            let mut parts = session.windows(text.len());
            parts.any(|part| part == text.as_bytes())
        };
        assert!(has(ADA), "it is the session");
        for secret in secrets {
            assert!(secret.len() > 16 && !has(secret), "after {age} seconds");
        }
    }
    browser.open(&callback).await;
    assert!(told.try_recv().is_err(), "once");
}

#[tokio::test]
async fn the_app_is_told_who_signs_in_as_somebody_else_and_why() {
    let app = App::start().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    app.authkit.on_sign_in(move |it| {
        tell.send(it).unwrap();
        async { Ok::<_, Infallible>(Admit::Yes) }
    });
    let cookie = app.control.open_browser_session(BrowserSignIn {
        email: ADA.to_owned(),
        impersonator: Some(Impersonator {
            email: "support@example.com".to_owned(),
            reason: Some("ticket 7".to_owned()),
        }),
        ..BrowserSignIn::default()
    });
    let cookie = cookie.unwrap();
    let mut browser = app.browser();
    browser.cookies.insert(cookie.name, cookie.value);
    let page = browser.open("/sign-in?return_to=/account").await;
    assert_eq!(page.url.path(), "/account");
    let it = told.recv().await.unwrap();
    let impersonator = it.impersonator.unwrap();
    assert_eq!(it.user.email, ADA);
    assert_eq!(impersonator.email, "support@example.com");
    assert_eq!(impersonator.reason.as_deref(), Some("ticket 7"));
    assert_eq!(it.method, Some(AuthenticationMethod::Impersonation));
}

#[tokio::test]
async fn a_hook_that_takes_half_a_minute_signs_nobody_in_and_is_stopped() {
    let app = App::start().await;
    let (held, stopped) = oneshot::channel::<()>();
    let held = Mutex::new(Some(held));
    app.authkit.on_sign_in(move |_| {
        let held = held.lock().unwrap().take();
        async move {
            tokio::time::sleep(HALF_A_MINUTE).await;
            held.unwrap().send(()).unwrap();
            Ok::<_, Infallible>(Admit::Yes)
        }
    });
    let (log, _guard) = Log::capture("info");
    let mut browser = app.browser();
    let page = browser.sign_in("/sign-in", ADA).await;
    page.explains("hook_failed", 500);
    has_nothing(&browser);
    assert!(stopped.await.is_err(), "its future is gone");
    until(|| app.control.calls_of(Endpoint::Revoke) == 1).await;
    assert_eq!(app.control.end_sessions_of(ADA).unwrap(), 0);
    assert!(log.text().contains("it took too long"), "{}", log.text());
}

#[tokio::test]
async fn the_page_about_a_failure_is_shown_when_the_hook_for_failures_panics_or_hangs() {
    for panics in [true, false] {
        let app = App::start().await;
        app.authkit.on_sign_in_error(move |_| async move {
            assert!(!panics, "the hook panics");
            tokio::time::sleep(HALF_A_MINUTE).await;
            Ok::<_, Infallible>(ReturnTo::parse("/account"))
        });
        let (log, _guard) = Log::capture("warn");
        let mut browser = app.browser();
        let page = browser.open("/callback?code=c&state=made-up").await;
        page.explains("state_invalid", 400);
        let log = log.text();
        assert!(log.contains("hook=\"on_sign_in_error\""), "{log}");
        assert!(log.contains("hook_failed"), "{log}");
    }
}

#[tokio::test]
async fn with_allowed_domains_only_addresses_of_these_may_sign_in() {
    let host = App::start().await;
    for (domains, may) in [
        (&["acme.test", "EXAMPLE.com"][..], true),
        (&["acme.test"], false),
        (&["ample.com"], false),
        (&["mail.example.com"], false),
        (&[""], false),
        (&[], false),
    ] {
        let domains = domains.iter().map(ToString::to_string).collect();
        let app = App::start_against_with(&host, &[], |settings| Settings {
            allowed_domains: Some(domains),
            ..settings
        });
        let app = app.await;
        let mut browser = app.browser();
        let page = browser.sign_in("/sign-in", ADA).await;
        match may {
            true => assert!(browser.is_signed_in().await),
            false => shows(
                &page,
                StatusCode::FORBIDDEN,
                "ada@example.com is not among those",
            ),
        }
    }
}
