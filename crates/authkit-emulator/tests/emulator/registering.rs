//! `/user_management/redirect_uris` and `/cors_origins`: as the SDK uses them, and what they refuse.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::emulator::{Config, Emulator, Endpoint};
use crate::support::{REDIRECT_URI, Rig, config, rig, rig_with, text};

const REDIRECT_URIS: &str = "/user_management/redirect_uris";
const CORS_ORIGINS: &str = "/user_management/cors_origins";
const NEW_URI: &str = "https://new.example/callback";

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn list(rig: &Rig, path: &str) -> Value {
    let request = rig.browser.get(rig.url(path));
    let (status, listed) = answer(request.bearer_auth(rig.emulator.api_key())).await;
    assert_eq!(status, StatusCode::OK);
    listed
}

async fn post(rig: &Rig, path: &str, body: Value) -> (StatusCode, Value) {
    let request = rig.browser.post(rig.url(path)).json(&body);
    answer(request.bearer_auth(rig.emulator.api_key())).await
}

/// Whether a sign-in may end there.
async fn may_sign_in(rig: &Rig, uri: &str) -> bool {
    let answer = rig.authorize(&[("redirect_uri", Some(uri))]).await;
    answer.status() == StatusCode::FOUND
}

/// Sends addresses that have to be refused for what they are, and leave nothing behind.
async fn refuses(path: &str, field: &str, addresses: &[&str]) {
    let rig = rig().await;
    let before = list(&rig, path).await;
    for address in addresses {
        let (status, said) = post(&rig, path, json!({ field: address })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{address:?}");
        assert_eq!(said["code"], "unprocessable_entity", "{address:?}");
        assert_eq!(
            said["errors"],
            json!([{ "field": field, "code": "invalid" }]),
            "{address:?}"
        );
    }
    assert_eq!(list(&rig, path).await, before);
}

async fn refuses_redirect_uris(uris: &[&str]) {
    refuses(REDIRECT_URIS, "uri", uris).await;
}

async fn refuses_origins(origins: &[&str]) {
    refuses(CORS_ORIGINS, "origin", origins).await;
}

#[tokio::test]
async fn a_redirect_uri_counts_as_soon_as_it_is_registered() {
    let rig = rig().await;
    assert!(!may_sign_in(&rig, NEW_URI).await);
    let (status, made) = post(&rig, REDIRECT_URIS, json!({ "uri": NEW_URI })).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["object"], "redirect_uri");
    assert_eq!(made["uri"], NEW_URI);
    assert_eq!(made["default"], false);
    assert!(text(&made, "/id").starts_with("redir_"));
    assert_eq!(made["created_at"], made["updated_at"]);
    assert!(may_sign_in(&rig, NEW_URI).await);
    assert!(!may_sign_in(&rig, "https://new.example/callback/").await);
    assert!(!may_sign_in(&rig, "https://NEW.example/callback").await);
}

#[tokio::test]
async fn the_first_of_all_is_the_default() {
    let rig = rig_with(Config::default()).await;
    let (_, made) = post(&rig, REDIRECT_URIS, json!({ "uri": NEW_URI })).await;
    assert_eq!(made["default"], true);
    let second = json!({ "uri": "https://second.example/callback" });
    assert_eq!(post(&rig, REDIRECT_URIS, second).await.1["default"], false);
}

#[tokio::test]
async fn a_second_time_it_exists() {
    let rig = rig().await;
    let configured = json!({ "uri": REDIRECT_URI });
    let (status, again) = post(&rig, REDIRECT_URIS, configured).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again["code"], "redirect_uri_already_exists");
    assert_eq!(again["message"], "Redirect URI already exists");

    let origin = json!({ "origin": "https://new.example" });
    let (status, made) = post(&rig, CORS_ORIGINS, origin.clone()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["object"], "cors_origin");
    let (status, again) = post(&rig, CORS_ORIGINS, origin).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again["code"], "cors_origin_already_exists");
    let listed = list(&rig, CORS_ORIGINS).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["origin"], "https://new.example");
}

#[tokio::test]
async fn one_of_many_at_once_makes_it_and_the_others_find_it() {
    let rig = rig().await;
    let posts = (0..8).map(|_| post(&rig, REDIRECT_URIS, json!({ "uri": NEW_URI })));
    let answers = futures_util::future::join_all(posts).await;
    let made = answers.iter().filter(|it| it.0 == StatusCode::CREATED);
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let rig = rig().await;
    for number in 1..=11 {
        let uri = format!("https://{number}.example/callback");
        post(&rig, REDIRECT_URIS, json!({ "uri": uri })).await;
    }
    let first = list(&rig, REDIRECT_URIS).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert_eq!(first["data"][0]["uri"], "https://11.example/callback");
    let after = text(&first, "/list_metadata/after");
    let second = list(&rig, &format!("{REDIRECT_URIS}?after={after}")).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 2);
    assert_eq!(second["data"][1]["uri"], REDIRECT_URI);
    assert_eq!(second["data"][1]["default"], true);
    assert_eq!(second["list_metadata"]["after"], Value::Null);
}

#[tokio::test]
async fn what_was_registered_survives_a_restart_and_not_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        state_file: Some(folder.path().join("state.json")),
        ..config()
    };
    let rig = rig_with(config.clone()).await;
    let (_, made) = post(&rig, REDIRECT_URIS, json!({ "uri": NEW_URI })).await;
    let origin = json!({ "origin": "https://new.example" });
    post(&rig, CORS_ORIGINS, origin).await;
    rig.emulator
        .register_redirect_uri("https://of-this-run.example/callback");
    let Rig { emulator, browser } = rig;
    emulator.shutdown().await;

    let rig = Rig {
        emulator: Emulator::start(config).await.unwrap(),
        browser,
    };
    let listed = list(&rig, REDIRECT_URIS).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["data"][0], made);
    assert_eq!(listed["data"][1]["default"], true);
    let origins = list(&rig, CORS_ORIGINS).await;
    assert_eq!(origins["data"][0]["origin"], "https://new.example");
    assert!(may_sign_in(&rig, NEW_URI).await);

    rig.emulator.control().reset().await.unwrap();
    assert!(!may_sign_in(&rig, NEW_URI).await);
    assert!(may_sign_in(&rig, REDIRECT_URI).await);
    assert_eq!(list(&rig, CORS_ORIGINS).await["data"], json!([]));
}

#[tokio::test]
async fn a_state_from_before_registrations_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let config = Config {
        state_file: Some(path.clone()),
        ..config()
    };
    let rig = rig_with(config.clone()).await;
    rig.emulator.shutdown().await;
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for name in ["redirect_uris", "cors_origins"] {
        state.as_object_mut().unwrap().remove(name).unwrap();
    }
    std::fs::write(&path, state.to_string()).unwrap();
    let rig = rig_with(config).await;
    assert!(may_sign_in(&rig, REDIRECT_URI).await);
    assert!(!folder.path().join("state.json.corrupt").exists());
}

#[tokio::test]
async fn a_redirect_uri_on_this_machine_may_be_http() {
    let rig = rig().await;
    for uri in [
        "http://localhost:4000/callback",
        "http://127.0.0.1:4000/callback",
    ] {
        let (status, _) = post(&rig, REDIRECT_URIS, json!({ "uri": uri })).await;
        assert_eq!(status, StatusCode::CREATED, "{uri}");
    }
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_absolute_is_refused() {
    refuses_redirect_uris(&[
        "",
        "callback",
        "/callback",
        "//new.example/callback",
        "new.example/callback",
        "https:/callback",
        "https:new.example/callback",
        "https:///new.example/callback",
        "https://",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_with_a_fragment_is_refused() {
    refuses_redirect_uris(&["https://new.example/callback#part", "https://new.example/#"]).await;
}

#[tokio::test]
async fn http_beyond_this_machine_is_refused() {
    refuses_redirect_uris(&[
        "http://new.example/callback",
        "http://localhost.new.example/callback",
        "http://127.0.0.1.new.example/callback",
        "http://192.168.0.7/callback",
        "http://127.0.0.2/callback",
        "http://[::1]/callback",
        "http://0.0.0.0/callback",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_with_another_scheme_is_refused() {
    refuses_redirect_uris(&[
        "javascript:alert(1)",
        "javascript://new.example/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://new.example/callback",
        "myapp://callback",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_with_a_wildcard_is_refused() {
    refuses_redirect_uris(&[
        "*",
        "https://*/callback",
        "https://*.new.example/callback",
        "https://new.example/*",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_with_a_user_or_password_is_refused() {
    refuses_redirect_uris(&[
        "https://user@new.example/callback",
        "https://:password@new.example/callback",
        "https://@new.example/callback",
        "https://good.example:443@evil.example/callback",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_that_programs_read_differently_is_refused() {
    refuses_redirect_uris(&[
        " https://new.example/callback",
        "https://new.example/callback\n",
        "https://new.example/call\tback",
        "https://new.example\\@evil.example/callback",
        "https:\\\\new.example\\callback",
        "https://bücher.example/callback",
        "https://new.example/\u{0}",
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_that_is_too_long_is_refused() {
    let begin = "https://new.example/";
    let longest = format!("{begin}{}", "a".repeat(2048 - begin.len()));
    refuses_redirect_uris(&[&format!("{longest}a")]).await;
    let rig = rig().await;
    let (status, _) = post(&rig, REDIRECT_URIS, json!({ "uri": longest })).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_origin_with_more_than_scheme_host_and_port_is_refused() {
    refuses_origins(&[
        "https://new.example/",
        "https://new.example/path",
        "https://new.example?query",
        "https://new.example#part",
        "https://user@new.example",
    ])
    .await;
}

#[tokio::test]
async fn an_origin_that_browsers_would_write_differently_is_refused() {
    refuses_origins(&[
        "https://NEW.example",
        "https://new.example:443",
        "HTTPS://new.example",
        "https://bücher.example",
    ])
    .await;
}

#[tokio::test]
async fn an_origin_that_is_none_is_refused() {
    refuses_origins(&["", "*", "null", "new.example", "https://", "file://"]).await;
}

#[tokio::test]
async fn an_origin_with_a_wildcard_is_refused() {
    refuses_origins(&["https://*.new.example", "https://*"]).await;
}

#[tokio::test]
async fn an_http_origin_beyond_this_machine_is_refused() {
    refuses_origins(&["http://new.example", "http://192.168.0.7:3000"]).await;
    let rig = rig().await;
    let here = json!({ "origin": "http://localhost:3000" });
    assert_eq!(post(&rig, CORS_ORIGINS, here).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_body_without_the_address_is_told_which_field_is_missing() {
    let rig = rig().await;
    for (path, field) in [(REDIRECT_URIS, "uri"), (CORS_ORIGINS, "origin")] {
        for body in [json!({}), json!({ field: null })] {
            let (status, said) = post(&rig, path, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(
                said["errors"],
                json!([{ "field": field, "code": "required" }])
            );
        }
    }
}

#[tokio::test]
async fn a_body_with_a_field_too_many_is_refused_by_name() {
    let rig = rig().await;
    let body = json!({ "uri": NEW_URI, "default": true });
    let (status, said) = post(&rig, REDIRECT_URIS, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&said, "/message").contains("`default`"), "{said}");
    let body = json!({ "origin": "https://new.example", "uri": NEW_URI });
    let (status, _) = post(&rig, CORS_ORIGINS, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!may_sign_in(&rig, NEW_URI).await);
}

#[tokio::test]
async fn a_body_of_the_wrong_type_is_refused() {
    let rig = rig().await;
    for body in [
        json!({ "uri": 7 }),
        json!({ "uri": [NEW_URI] }),
        json!([{ "uri": NEW_URI }]),
        json!(NEW_URI),
    ] {
        let (status, said) = post(&rig, REDIRECT_URIS, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    }
    assert!(!may_sign_in(&rig, NEW_URI).await);
}

/// Sends a body as it is.
async fn post_raw(rig: &Rig, content_type: Option<&str>, body: String) -> StatusCode {
    let mut request = rig.browser.post(rig.url(REDIRECT_URIS)).body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    answer(request.bearer_auth(rig.emulator.api_key())).await.0
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_refused() {
    let rig = rig().await;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let body = json!({ "uri": NEW_URI }).to_string();
        let status = post_raw(&rig, content_type, body).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    assert!(!may_sign_in(&rig, NEW_URI).await);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let rig = rig().await;
    for body in ["", "{", "uri=https://new.example/callback"] {
        let status = post_raw(&rig, Some("application/json"), body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:?}");
    }
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_refused() {
    let rig = rig().await;
    let body = format!(r#"{{"uri":"https://other.example/callback","uri":"{NEW_URI}"}}"#);
    let status = post_raw(&rig, Some("application/json"), body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let rig = rig().await;
    let body = json!({ "uri": "a".repeat(100 * 1024) }).to_string();
    let status = post_raw(&rig, Some("application/json"), body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// What all four endpoints answer to a key.
async fn answers_to(rig: &Rig, key: Option<&str>) -> Vec<(StatusCode, Value)> {
    let mut answers = Vec::new();
    for (path, body) in [
        (REDIRECT_URIS, json!({ "uri": NEW_URI })),
        (CORS_ORIGINS, json!({ "origin": "https://new.example" })),
    ] {
        for request in [
            rig.browser.get(rig.url(path)),
            rig.browser.post(rig.url(path)).json(&body),
        ] {
            let request = match key {
                Some(key) => request.bearer_auth(key),
                None => request,
            };
            answers.push(answer(request).await);
        }
    }
    answers
}

#[tokio::test]
async fn without_the_api_key_nothing_is_listed_or_registered() {
    let rig = rig().await;
    for key in [None, Some(""), Some("sk_test_wrong")] {
        for (status, said) in answers_to(&rig, key).await {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{key:?}");
            assert_eq!(said["code"], "unauthorized");
        }
    }
    assert!(!may_sign_in(&rig, NEW_URI).await);
}

#[tokio::test]
async fn a_key_that_may_not_manage_addresses_is_forbidden_to() {
    let rig = rig().await;
    let control = rig.emulator.control();
    control.restrict_api_key("sk_test_restricted", vec![Endpoint::Users]);
    for (status, said) in answers_to(&rig, Some("sk_test_restricted")).await {
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(said["code"], "forbidden");
        assert!(!said.to_string().contains("sk_test_restricted"));
    }
    assert!(!may_sign_in(&rig, NEW_URI).await);
    // It is good for what it may do, and the other key for everything.
    let users = rig.browser.get(rig.url("/user_management/users/nobody"));
    let (status, _) = answer(users.bearer_auth("sk_test_restricted")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let own = rig.emulator.api_key();
    let statuses = answers_to(&rig, Some(own)).await.into_iter();
    assert!(statuses.into_iter().all(|(status, _)| status.is_success()));
}

#[tokio::test]
async fn a_restriction_ends_with_the_reset() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let own = rig.emulator.api_key();
    control.restrict_api_key(own, vec![Endpoint::CorsOrigins]);
    control.restrict_api_key(own, vec![Endpoint::RedirectUris]);
    let statuses = answers_to(&rig, Some(own)).await;
    let statuses: Vec<u16> = statuses.iter().map(|it| it.0.as_u16()).collect();
    assert_eq!(statuses, [200, 201, 403, 403]);
    control.restrict_api_key("sk_test_restricted", vec![Endpoint::Users]);
    control.reset().await.unwrap();
    assert_eq!(answers_to(&rig, Some(own)).await[3].0, StatusCode::CREATED);
    let (status, _) = answers_to(&rig, Some("sk_test_restricted")).await.remove(0);
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_may_not_authenticate_exchanges_no_code() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    let control = rig.emulator.control();
    control.restrict_api_key(rig.emulator.api_key(), vec![Endpoint::RedirectUris]);
    let (status, said) = rig.exchange(&code).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
}
