//! Headers and limits that every answer lives by.

use super::support::{ADA, App, emulator_settings, settings};
use reqwest::{Method, StatusCode};
use starter::features::features;

#[tokio::test]
async fn what_depends_on_the_session_is_never_cached() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    for path in [
        "/",
        "/account",
        "/account/organizations",
        "/live",
        "/signed-out",
        "/sign-in",
        "/callback",
        "/nowhere",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(
            answer.header("cache-control"),
            "private, no-store, no-transform",
            "{path}"
        );
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert!(
            vary.iter().any(|value| *value == "Cookie"),
            "{path}: {vary:?}"
        );
    }
}

#[tokio::test]
async fn pages_have_a_strict_policy_with_a_new_nonce_each() {
    let app = App::start().await;
    let mut browser = app.browser();
    let mut nonces = Vec::new();
    for path in ["/", "/nowhere", "/sign-in-failed?reason=internal"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").to_owned();
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "'strict-dynamic'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"));
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "{path}");
        assert!(
            !page.body.contains("style=\""),
            "{path} has an inline style"
        );
        nonces.push(nonce.to_owned());
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn every_answer_carries_the_safe_headers_and_a_request_id() {
    let app = App::start().await;
    let mut browser = app.browser();
    for path in ["/", "/healthz", "/favicon.svg", "/nowhere", "/callback"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        // An image has its policy, which lets it do nothing, and no other header about documents.
        let of_a_document = if path.ends_with(".svg") {
            ""
        } else {
            "same-origin"
        };
        for name in ["referrer-policy", "cross-origin-opener-policy"] {
            assert_eq!(answer.header(name), of_a_document, "{name} of {path}");
        }
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
}

#[tokio::test]
async fn over_https_every_answer_asks_for_https_for_a_year() {
    let app = App::start().await;
    let redirect_uri = ("WORKOS_REDIRECT_URI", "https://app.example/callback");
    let https = App::start_against(&app, &[redirect_uri]).await;
    let mut browser = https.browser();
    browser.origin = https.address();
    for path in ["/", "/healthz", "/favicon.svg", "/nowhere", "/sign-in"] {
        let answer = browser.get(path).await;
        let policy = answer.header("strict-transport-security");
        assert_eq!(policy, "max-age=31536000", "{path}");
        let answer = app.browser().get(path).await;
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn no_answer_allows_another_origin_to_read_it() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let origin = ("origin", "https://evil.example");
    let preflight = [origin, ("access-control-request-method", "POST")];
    for path in [
        "/",
        "/api/caller",
        "/api/jwks",
        "/api/list_numbers?count=1",
        "/auth/session",
        "/auth/access-token",
        "/healthz",
        "/favicon.svg",
        "/nowhere",
    ] {
        for (method, headers) in [
            (Method::GET, &preflight[..1]),
            (Method::OPTIONS, &preflight[..]),
        ] {
            let answer = browser.send(method.clone(), path, headers, None).await;
            let names = answer.headers.keys().map(|name| name.as_str());
            let allows: Vec<_> = names
                .filter(|name| name.starts_with("access-control-"))
                .collect();
            assert_eq!(allows, [""; 0], "{method} {path}");
        }
    }
}

#[tokio::test]
async fn pages_that_are_not_there_are_404_and_know_who_asks() {
    let app = App::start().await;
    let page = app.signed_in(ADA).await.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Page not found") && page.body.contains("Ada Lovelace"));
}

#[tokio::test]
async fn an_unsafe_request_from_another_origin_is_refused() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let foreign = [("origin", "https://evil.example")];
    let answer = browser
        .send(Method::POST, "/sign-out", &foreign, Some(&[]))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_referer_of_another_site_leads_nowhere() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let ours = browser.origin.join("/live").unwrap();
    for path in ["/auth/session", "/api/caller"] {
        for referer in ["https://evil.example/?x", "//evil.example", "null"] {
            let answer = browser.get_with(path, &[("referer", referer)]).await;
            assert_eq!(answer.header("location"), "/", "{path} from {referer}");
        }
        let answer = browser.get_with(path, &[("referer", ours.as_str())]).await;
        assert_eq!(answer.location().path(), "/live", "{path}");
    }
    let mut add = async |referer: &str| {
        let (path, headers) = ("/api/add_number", [("referer", referer)]);
        let form = [("value", "1")];
        browser
            .send(Method::POST, path, &headers, Some(&form))
            .await
    };
    for referer in ["https://evil.example/?x", "//evil.example", "null"] {
        assert_eq!(add(referer).await.header("location"), "/", "{referer}");
    }
    assert_eq!(add(ours.as_str()).await.header("location"), "/live");
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let app = App::start().await;
    let mut browser = app.browser();
    let long = "x".repeat(100 * 1024);
    let answer = browser
        .send(
            Method::POST,
            "/sign-out",
            &[],
            Some(&[("a", long.as_str())]),
        )
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_public_endpoints_are_these_and_no_others() {
    // But for those of these tests, which are functions of this program too.
    let mut functions: Vec<_> = leptos::server_fn::axum::server_fn_paths()
        .filter(|(path, _)| !path.starts_with("/api/tests/"))
        .map(|(path, method)| format!("{method} {path}"))
        .collect();
    functions.sort();
    assert_eq!(
        functions,
        [
            "GET /api/caller",
            "GET /auth/session",
            "GET /callback",
            "GET /sign-in",
            "GET /sign-up",
            "POST /api/delete_account",
            "POST /auth/access-token",
            "POST /auth/continue-sign-in",
            "POST /auth/refresh",
            "POST /auth/switch-organization",
            "POST /sign-out"
        ]
    );
    let features = features();
    let mut api: Vec<_> = features.api().collect();
    api.sort_unstable();
    assert_eq!(
        api,
        [
            "/api/add_number",
            "/api/list_notes",
            "/api/list_numbers",
            "/api/remove_note",
            "/api/remove_number",
            "/api/write_note",
        ]
    );
}

#[tokio::test]
async fn files_are_cached_and_files_that_are_not_there_are_not() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    // As a release build is.
    settings.site.hash_files = Some(true);
    let app = App::build(settings, data).await;
    let mut browser = app.browser();
    let icon = browser.get("/favicon.svg").await;
    assert_eq!(icon.header("cache-control"), "public, max-age=3600");
    let missing = browser.get("/pkg/nothing.wasm").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("cache-control"), "no-store");
}

#[tokio::test]
async fn files_that_are_being_edited_are_asked_for_again() {
    let app = App::start().await;
    let mut browser = app.browser();
    let icon = browser.get("/favicon.svg").await;
    assert_eq!(icon.header("cache-control"), "no-cache");
    // Named as cargo-leptos names them, by whatever command this program was built.
    let page = browser.get("/").await.body;
    for name in ["starter.css", "starter.js", "starter.wasm"] {
        assert!(
            page.contains(&format!("\"/pkg/{name}\"")),
            "no {name} in {page}"
        );
    }
}

#[tokio::test]
async fn a_request_id_from_outside_is_not_taken_over() {
    let app = App::start().await;
    let mut browser = app.browser();
    let answer = browser
        .get_with("/callback", &[("x-request-id", "forged")])
        .await;
    assert_ne!(answer.header("x-request-id"), "forged");
}
