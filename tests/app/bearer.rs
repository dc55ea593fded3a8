//! Callers that bring an access token of their own: no cookies, no redirects, and a reason for each
//! refusal.

use super::support::{ADA, Answer, App, Browser, Log};
use authkit_emulator::{Endpoint, Fault};
use authkit_leptos::server::{
    CurrentUser, MaybeUser,
    guard::{AuthKitUser, Guarded, HasRole, SignedInWithin, Slug},
};
use axum::{Extension, Router, body::Body, extract::Request, routing::get};
use http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use starter::account::functions::Caller;
use tower::ServiceExt;

const API: &str = "/api/caller";

/// AuthKit's claims for somebody who signed in just now, with some changed.
pub fn token(app: &App, changes: &Value) -> String {
    let now = app.clock.now();
    let mut claims = json!({
        "iss": app.control.issuer(), "sub": "user_mobile", "sid": "session_mobile",
        "iat": now, "exp": now + 300, "auth_time": now, "client_id": "client_emulator",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    app.control.sign(&claims).unwrap()
}

pub async fn ask(browser: &mut Browser, path: &str, token: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    let header = [("authorization", authorization.as_str())];
    browser.get_with(path, &header).await
}

#[tokio::test]
async fn a_server_function_opens_to_a_token_and_to_a_cookie() {
    let app = App::start().await;
    let answer = ask(&mut app.browser(), API, &token(&app, &json!({}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let caller: Caller = serde_json::from_str(&answer.body).unwrap();
    let issuer = app.control.issuer();
    assert_eq!(caller.token_identifier, format!("{issuer}|user_mobile"));
    assert_eq!(
        answer.header("cache-control"),
        "private, no-store, no-transform"
    );
    assert!(answer.set_cookies().is_empty());

    let mut browser = app.signed_in(ADA).await;
    let answer = browser
        .get_with(API, &[("accept", "application/json")])
        .await;
    let caller: Caller = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(caller.email.as_deref(), Some(ADA));
}

#[tokio::test]
async fn without_credentials_a_401_names_the_scheme_and_no_error() {
    let app = App::start().await;
    let mut browser = app.browser();
    let accept = [("accept", "application/json")];
    let answer = browser.get_with(API, &accept).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    // Other credentials, a proxy's perhaps, are none of ours.
    let basic = [accept[0], ("authorization", "Basic YTpi")];
    let answer = browser.get_with(API, &basic).await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

/// Asserts that a token is answered 401 with this code and no more, and that the log has the sentence.
async fn assert_refused(app: &App, token: &str, code: &str, sentence: &str) {
    let (log, _guard) = Log::capture("info");
    let answer = ask(&mut app.browser(), API, token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{sentence}");
    let expected = format!(
        "Bearer error=\"invalid_token\", \
         error_description=\"The access token is not accepted ({code}).\""
    );
    assert_eq!(answer.header("www-authenticate"), expected);
    assert!(answer.body.contains("TokenRefused"), "{}", answer.body);
    let log = log.text();
    assert!(log.contains(sentence), "{sentence:?} in {log}");
}

#[tokio::test]
async fn a_401_tells_strangers_the_code_and_the_log_what_is_wrong_with_the_token() {
    let app = App::start().await;
    for (changes, code, sentence) in [
        (
            json!({"client_id": "client_other"}),
            "token_audience",
            "client_id \"client_other\"",
        ),
        (
            json!({"aud": ["other"]}),
            "token_audience",
            "aud [\"other\"] does not contain \"client_emulator\"",
        ),
        (
            json!({"iss": format!("{}/", app.control.issuer())}),
            "token_issuer",
            "remove the trailing slash",
        ),
        (
            json!({"org_id": 7}),
            "token_malformed",
            "org_id is a number; it must be text",
        ),
        (
            json!({"client_id": ["client_emulator"]}),
            "token_malformed",
            "client_id is a list; it must be text",
        ),
    ] {
        assert_refused(&app, &token(&app, &changes), code, sentence).await;
    }
    for (age, advice) in [(14, ", clock skew?"), (9000, ": get a new one")] {
        app.second_begins().await;
        let expired = token(&app, &json!({"exp": app.clock.now() - age}));
        let sentence = format!("expired {age} s ago{advice}");
        assert_refused(&app, &expired, "token_expired", &sentence).await;
    }
    let unreadable = "could not decode token: 1 segment";
    assert_refused(&app, "sk_test_123", "token_malformed", unreadable).await;
    let no_organization = token(&app, &json!({"org_id": null}));
    let answer = ask(&mut app.browser(), API, &no_organization).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn the_log_says_why_once_and_never_the_token() {
    let (log, _guard) = Log::capture("trace");
    let app = App::start().await;
    let token = token(&app, &json!({"client_id": "client_other"}));
    ask(&mut app.browser(), API, &token).await;
    let log = log.text();
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains("access token refused"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("reason=\"token_audience\""), "{}", told[0]);
    assert!(
        told[0].contains("client_id \"client_other\" ≠ \"client_emulator\""),
        "{}",
        told[0]
    );
    assert!(!log.contains("eyJ"), "{log}");
}

#[tokio::test]
async fn two_credentials_have_to_agree() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let answer = ask(&mut browser, API, &token(&app, &json!({}))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.starts_with("Bearer error=\"invalid_request\""),
        "{challenge}"
    );
    assert!(answer.set_cookies().is_empty(), "the session is left alone");

    let path = "/auth/access-token";
    let accept = ("accept", "application/json");
    let answer = browser.send(Method::POST, path, &[accept], Some(&[])).await;
    let own: Value = serde_json::from_str(&answer.body).unwrap();
    let answer = ask(&mut browser, API, own["token"].as_str().unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

    // A good cookie does not make up for a bad token.
    let answer = ask(&mut browser, API, "a.b.c").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let two = [
        ("authorization", "Bearer a.b.c"),
        ("authorization", "Bearer a.b.c"),
    ];
    let answer = app.browser().get_with(API, &two).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_program_is_neither_checked_for_its_origin_nor_redirected_nor_given_cookies() {
    let app = App::start().await;
    let authorization = format!("Bearer {}", token(&app, &json!({})));
    let foreign = [
        ("authorization", authorization.as_str()),
        ("origin", "https://other.example"),
        ("sec-fetch-site", "cross-site"),
        ("accept", "text/html"),
    ];
    let answer = app.browser().get_with(API, &foreign).await;
    assert_eq!(answer.status, StatusCode::OK);
    // No browser's session, so no access token of it either: told, not led to sign in.
    for (method, path) in SESSION_ONLY {
        let form = form_of(path);
        let form = (method == Method::POST).then_some(form.as_slice());
        let answer = app.browser().send(method, path, &foreign, form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("insufficient_scope")
                && challenge.contains("a browser's session is needed"),
            "{path}: {challenge}"
        );
        assert!(answer.set_cookies().is_empty() && answer.header("location").is_empty());
        assert!(!answer.body.contains("Temporarily unavailable"));
    }
    // Without a token the check is there.
    let answer = app
        .browser()
        .send(Method::POST, "/auth/access-token", &foreign[1..], Some(&[]))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_token_of_an_ended_session_is_refused_at_once() {
    let app = App::start().await;
    let token = token(&app, &json!({}));
    assert_eq!(
        ask(&mut app.browser(), API, &token).await.status,
        StatusCode::OK
    );
    app.authkit.revoke_session("session_mobile").await.unwrap();
    let answer = ask(&mut app.browser(), API, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("the session of this token has ended"),
        "{challenge}"
    );
}

#[tokio::test]
async fn a_token_that_can_not_be_checked_is_neither_good_nor_bad() {
    let app = App::start().await;
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    let answer = ask(&mut app.browser(), API, &token(&app, &json!({}))).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(!answer.headers.contains_key("www-authenticate"));
}

/// What is only for a browser and its session.
const SESSION_ONLY: [(Method, &str); 7] = [
    (Method::POST, "/auth/access-token"),
    (Method::POST, "/auth/switch-organization"),
    (Method::GET, "/auth/session"),
    (Method::GET, "/sign-in"),
    (Method::GET, "/callback?code=a&state=b"),
    (Method::GET, "/account"),
    (Method::GET, "/account/organizations"),
];

fn form_of(path: &str) -> Vec<(&str, &str)> {
    match path {
        "/auth/switch-organization" => vec![("organization_id", "org_1")],
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn what_is_only_for_browsers_says_what_is_wrong_with_a_token() {
    let app = App::start().await;
    let sign_out = (Method::POST, "/sign-out");
    for (method, path) in SESSION_ONLY.into_iter().chain([sign_out]) {
        for (token, status, error) in [
            ("a.b.c", StatusCode::UNAUTHORIZED, "invalid_token"),
            ("", StatusCode::BAD_REQUEST, "invalid_request"),
        ] {
            let authorization = format!("Bearer {token}");
            let header = [("authorization", authorization.as_str())];
            let form = form_of(path);
            let form = (method == Method::POST).then_some(form.as_slice());
            let mut browser = app.browser();
            let answer = browser.send(method.clone(), path, &header, form).await;
            assert_eq!(answer.status, status, "{path}");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains(error), "{path}: {challenge}");
            assert!(answer.header("location").is_empty(), "{path}");
            assert!(!answer.body.contains("Temporarily unavailable"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_of_authkit_signs_its_own_session_out() {
    let app = App::start().await;
    let token = token(&app, &json!({}));
    let authorization = format!("Bearer {token}");
    let header = [("authorization", authorization.as_str())];
    let mut program = app.browser();
    let answer = program
        .send(Method::POST, "/sign-out", &header, Some(&[]))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.set_cookies().is_empty());
    let answer = ask(&mut program, API, &token).await;
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("has ended"), "{challenge}");
}

#[tokio::test]
async fn an_authorization_header_that_is_hard_to_read_is_not_the_same_as_none() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let tab = format!("Bearer\t{}", token(&app, &json!({})));
    for unreadable in ["Bearer \u{fc}.b.c", tab.as_str()] {
        let header = [("authorization", unreadable)];
        let answer = browser.get_with(API, &header).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{unreadable:?}");
        // Nor does it open the door that a readable one would: it counts as a program's.
        let form: Option<&[(&str, &str)]> = Some(&[]);
        let answer = browser.send(Method::POST, "/sign-out", &header, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{unreadable:?}");
    }
    assert!(browser.is_signed_in().await);
    let two = [
        ("authorization", "Basic YTpi"),
        ("authorization", "Bearer a.b.c"),
    ];
    let answer = browser.get_with(API, &two).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

/// What a handler behind the library's layer gets to see of these headers.
async fn seen(app: &App, headers: &[(&str, &str)]) -> HeaderMap {
    let router = Router::new()
        .route("/", get(|headers: HeaderMap| async { Extension(headers) }))
        .layer(app.authkit.layer());
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let mut answer = router.oneshot(request).await.unwrap();
    answer.extensions_mut().remove().unwrap()
}

#[tokio::test]
async fn a_program_keeps_what_it_reads_and_loses_its_cookies() {
    let app = App::start().await;
    let bearer = ("authorization", "Bearer a.b.c");
    for (accept, kept) in [
        ("application/cbor", "application/cbor"),
        ("*/*", "*/*"),
        ("text/html,application/xhtml+xml", "application/json"),
        ("TEXT/HTML", "application/json"),
    ] {
        let headers = [bearer, ("accept", accept), ("cookie", "theme=dark")];
        let seen = seen(&app, &headers).await;
        assert_eq!(seen["accept"], kept);
        assert!(!seen.contains_key("cookie"));
    }
    assert!(!seen(&app, &[bearer]).await.contains_key("accept"));
    // A browser's are left alone.
    let headers = [("accept", "text/html"), ("cookie", "theme=dark")];
    let seen = seen(&app, &headers).await;
    assert_eq!(
        (&seen["accept"], &seen["cookie"]),
        (
            &"text/html".parse().unwrap(),
            &"theme=dark".parse().unwrap()
        )
    );
}

#[tokio::test]
async fn a_program_that_reads_anything_is_told_and_not_led() {
    let app = App::start().await;
    let authorization = format!("Bearer {}", token(&app, &json!({})));
    let headers = [("authorization", authorization.as_str()), ("accept", "*/*")];
    let answer = app
        .browser()
        .send(Method::POST, "/sign-out", &headers, Some(&[]))
        .await;
    // Where it would go on in a browser, but no redirect.
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_tells_a_fixed_sentence_and_names_no_provider() {
    let app = App::start().await;
    let token = token(&app, &json!({"client_id": "client_other"}));
    let router = Router::new()
        .route("/", get(|_: Guarded<AuthKitUser>| async { "user" }))
        .layer(app.authkit.layer());
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await;
    assert_eq!(body.unwrap(), "The access token is not accepted.");
}

struct Admin;
impl Slug for Admin {
    const SLUG: &'static str = "admin";
}

/// Handlers of an app, with the library's layer around them.
async fn handler(app: &App, path: &str, token: &str) -> (StatusCode, String) {
    let router = Router::new()
        .route(
            "/user",
            get(|caller: Guarded<AuthKitUser>| async move { caller.subject.clone() }),
        )
        .route(
            "/admin",
            get(|_: Guarded<HasRole<Admin>>| async { "admin" }),
        )
        .route(
            "/recent",
            get(|_: Guarded<SignedInWithin<60>>| async { "recent" }),
        )
        .route("/session", get(|_: CurrentUser| async { "session" }))
        .route(
            "/maybe",
            get(|MaybeUser(user): MaybeUser| async move { format!("{user:?}") }),
        )
        .layer(app.authkit.layer());
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let answer = router
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    (answer.status(), challenge.unwrap_or_default())
}

#[tokio::test]
async fn handlers_are_guarded_by_type() {
    let app = App::start().await;
    let plain = token(&app, &json!({}));
    let admin = token(&app, &json!({"role": "admin"}));
    let long_ago = token(&app, &json!({"auth_time": app.clock.now() - 61}));
    let never = token(&app, &json!({"auth_time": null}));
    for (path, token, status, challenge) in [
        ("/user", &plain, StatusCode::OK, ""),
        ("/admin", &admin, StatusCode::OK, ""),
        (
            "/admin",
            &plain,
            StatusCode::FORBIDDEN,
            "Bearer error=\"insufficient_scope\"",
        ),
        ("/recent", &plain, StatusCode::OK, ""),
        (
            "/recent",
            &long_ago,
            StatusCode::UNAUTHORIZED,
            "insufficient_user_authentication",
        ),
        (
            "/recent",
            &never,
            StatusCode::UNAUTHORIZED,
            "max_age=\"60\"",
        ),
        (
            "/session",
            &plain,
            StatusCode::FORBIDDEN,
            "a browser's session is needed",
        ),
        ("/maybe", &plain, StatusCode::OK, ""),
        (
            "/maybe",
            &"a.b.c".to_owned(),
            StatusCode::UNAUTHORIZED,
            "invalid_token",
        ),
        (
            "/user",
            &String::new(),
            StatusCode::BAD_REQUEST,
            "invalid_request",
        ),
    ] {
        let (found, said) = handler(&app, path, token).await;
        assert_eq!(found, status, "{path} {said}");
        assert!(said.contains(challenge), "{path}: {said}");
    }
}

#[tokio::test]
async fn the_keys_are_passed_on_also_while_their_endpoint_is_down() {
    let app = App::start().await;
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    let down = app.browser().get("/api/jwks").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(down.header("cache-control"), "no-store");

    let app = App::start().await;
    let answer = app.browser().get("/api/jwks").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(
        answer
            .header("cache-control")
            .starts_with("public, max-age=300")
    );
    let set: Value = serde_json::from_str(&answer.body).unwrap();
    assert!(set["keys"][0]["n"].is_string() && set["keys"][0]["d"].is_null());
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    assert_eq!(app.browser().get("/api/jwks").await.body, answer.body);
}
