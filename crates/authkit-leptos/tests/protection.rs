//! The protection by path over HTTP: each row of its table, and what it must never lock.
#![cfg(feature = "axum")]

use authkit_emulator::{Control, Emulator, Endpoint, Fault};
use authkit_leptos::{
    paths,
    server::{
        AuthKit, Builder, Config, CurrentUser, Protection, StartError,
        core::clock::Clock,
        guard::{HasRole, SignedInWithin},
        workos::TokenResponse,
    },
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    routing::{any, get},
};
use http::{HeaderMap, Method, StatusCode, header::HeaderName};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tempfile::TempDir;
use tower::ServiceExt;

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const ORIGIN: &str = "http://localhost:3000";

const DOCUMENT: &[(&str, &str)] = &[
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("accept", "text/html"),
];
const FETCH: &[(&str, &str)] = &[
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
    ("accept", "*/*"),
];

authkit_leptos::slug!(Admin = "admin");

/// A login with its emulator, that protects by path.
struct App {
    authkit: AuthKit,
    control: Control,
    clock: Clock,
    _emulator: Emulator,
    _folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status, reason and challenge.
    fn said(&self) -> (u16, &str, &str) {
        assert_eq!(
            self.header("cache-control"),
            "private, no-store, no-transform"
        );
        let challenge = self.header("www-authenticate");
        let challenge = challenge.split(", error_description").next().unwrap();
        let reason = self.header("x-authkit-reason");
        (self.status.as_u16(), reason, challenge)
    }
}

async fn start(callback: &str, change: impl FnOnce(Builder) -> Builder) -> Result<App, StartError> {
    let emulator = Emulator::start(authkit_emulator::Config::default())
        .await
        .unwrap();
    let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
    let config = Config::read(|name| {
        Some(match name {
            "WORKOS_CLIENT_ID" => emulator.client_id().to_owned(),
            "WORKOS_API_KEY" => emulator.api_key().to_owned(),
            "WORKOS_REDIRECT_URI" => format!("{ORIGIN}{callback}"),
            "WORKOS_COOKIE_PASSWORD" => "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A".to_owned(),
            "WORKOS_API_HOSTNAME" => "localhost".to_owned(),
            "WORKOS_API_HTTPS" => "false".to_owned(),
            "WORKOS_API_PORT" => port.clone(),
            _ => return None,
        })
    });
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let builder = AuthKit::builder(config.unwrap())
        .sqlite_file(folder.path().join("app.db"))
        .clock(clock.clone());
    Ok(App {
        authkit: change(builder).start().await?,
        control: emulator.control().clone(),
        clock,
        _emulator: emulator,
        _folder: folder,
    })
}

impl App {
    async fn protected(protection: Protection) -> Self {
        start("/callback", |builder| builder.protection(protection))
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// `/`, `/blog/…` and the odd file for everybody, `/admin/…` for administrators.
    async fn start() -> Self {
        let protection = Protection::new()
            .unauthenticated_paths(["/", "/blog/**"])
            .sign_up_paths(["/join/**"])
            .require::<HasRole<Admin>>(["/admin/**"])
            .require::<SignedInWithin<300>>(["/account/delete"]);
        Self::protected(protection).await
    }

    /// The cookies of a session of this user.
    async fn session(&self, email: &str) -> String {
        let granted = self.grant(email);
        let cookies = self.authkit.session_cookies(granted).await.unwrap();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn grant(&self, email: &str) -> TokenResponse {
        let granted = self.control.grant(email).unwrap();
        let answer: workos::AuthenticateResponse = serde_json::from_value(granted).unwrap();
        answer.into()
    }

    fn bearer(&self, email: &str) -> String {
        let granted = self.control.grant(email).unwrap();
        format!("Bearer {}", granted["access_token"].as_str().unwrap())
    }

    /// From now on no session can be renewed, and each has to be.
    fn lose_workos(&self) {
        self.clock.set_offset(400);
        self.control.set_clock_offset(400);
        self.control
            .set_fault(Endpoint::Authenticate, Fault::reset());
    }
}

/// An app that answers everything, without pages of its own for who is turned away.
fn pages() -> Router {
    Router::new()
        .route("/forbidden", any(async || StatusCode::NOT_FOUND))
        .route("/unavailable", any(async || StatusCode::NOT_FOUND))
        .fallback(any(async || "the app"))
}

async fn send(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    more: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers.iter().chain(more) {
        request = request.header(name.parse::<HeaderName>().unwrap(), *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn a_page_leads_a_signed_out_visitor_to_sign_in_and_back() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    for (path, to) in [
        ("/account", "/sign-in?return_to=/account"),
        (
            "/account?tab=2&b=%20",
            "/sign-in?return_to=/account%3Ftab%3D2%26b%3D%2520",
        ),
        ("/join/acme", "/sign-up?return_to=/join/acme"),
        ("/admin", "/sign-in?return_to=/admin"),
        // Nowhere to come back to.
        ("/blog/../account", "/sign-in"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = send(&router, method, path, DOCUMENT, &[]).await;
            assert_eq!(answer.said(), (302, "signed_out", ""), "{path}");
            assert_eq!(answer.header("location"), to, "{path}");
        }
        // A client that does not say what it does, and reads HTML.
        let answer = send(&router, Method::GET, path, &[("accept", "text/html")], &[]).await;
        assert_eq!(answer.header("location"), to, "{path}");
    }
    for path in ["/", "/?a=b", "/blog", "/blog/1"] {
        let answer = send(&router, Method::GET, path, DOCUMENT, &[]).await;
        assert_eq!(answer.body, "the app", "{path}");
    }
}

#[tokio::test]
async fn a_form_of_a_signed_out_visitor_is_not_sent_and_leads_back_to_its_page() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let same = ("sec-fetch-site", "same-origin");
    for (referer, to) in [
        (
            "http://localhost:3000/blog/1?a=b",
            "/sign-in?return_to=/blog/1%3Fa%3Db",
        ),
        ("http://localhost:3000/", "/sign-in"),
        ("https://evil.example/blog/1", "/sign-in"),
        ("http://localhost:3000//evil.example", "/sign-in"),
        ("http://localhost:3000/sign-in", "/sign-in"),
        ("nonsense", "/sign-in"),
    ] {
        let more = [same, ("referer", referer)];
        let answer = send(&router, Method::POST, "/comments", DOCUMENT, &more).await;
        assert_eq!(answer.said(), (303, "signed_out", ""), "{referer}");
        assert_eq!(answer.header("location"), to, "{referer}");
    }
    let answer = send(&router, Method::POST, "/comments", DOCUMENT, &[same]).await;
    assert_eq!(answer.header("location"), "/sign-in");
}

#[tokio::test]
async fn whatever_is_no_page_is_refused_with_401_and_the_reason() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let navigate = ("sec-fetch-mode", "navigate");
    let others: [&[(&str, &str)]; 9] = [
        FETCH,
        &[],
        &[("accept", "application/json")],
        &[("accept", "text/html"), ("sec-fetch-mode", "cors")],
        &[("sec-fetch-mode", "websocket"), ("upgrade", "websocket")],
        &[navigate, ("sec-fetch-dest", "iframe")],
        &[
            navigate,
            ("sec-fetch-dest", "document"),
            ("purpose", "prefetch"),
        ],
        &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "style")],
    ];
    for headers in others {
        for method in [
            Method::GET,
            Method::POST,
            Method::from_bytes(b"BREW").unwrap(),
        ] {
            let same = [("sec-fetch-site", "same-origin")];
            let answer = send(&router, method.clone(), "/account", headers, &same).await;
            let said = answer.said();
            assert_eq!(said, (401, "signed_out", "Bearer"), "{method} {headers:?}");
            assert_eq!(answer.body, "\"SignedOut\"", "{method} {headers:?}");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
    // No browser goes to a page by these, whatever the headers say.
    for method in ["BREW", "PUT", "DELETE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let referer = [("referer", "http://localhost:3000/blog/1")];
        let answer = send(&router, method.clone(), "/account", DOCUMENT, &referer).await;
        assert_eq!(answer.said(), (401, "signed_out", "Bearer"), "{method}");
        assert_eq!(answer.body, "\"SignedOut\"", "{method}");
    }
    let cors = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "POST"),
    ];
    let preflight = send(&router, Method::OPTIONS, "/account", FETCH, &cors).await;
    assert_eq!((preflight.status, &*preflight.body), (StatusCode::OK, ""));
    // It is no way past the protection.
    let options = send(&router, Method::OPTIONS, "/account", FETCH, &[]).await;
    assert_eq!(options.said(), (401, "signed_out", "Bearer"));
}

#[tokio::test]
async fn a_session_that_can_not_be_checked_is_503_and_stays() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let cookie = app.session(GRACE).await;
    let session = ("cookie", cookie.as_str());
    let same = ("sec-fetch-site", "same-origin");
    let answer = send(&router, Method::GET, "/account", DOCUMENT, &[session]).await;
    assert_eq!(answer.body, "the app");
    app.lose_workos();
    for (method, path) in [
        (Method::GET, "/account"),
        (Method::GET, "/admin"),
        (Method::POST, "/comments"),
    ] {
        let page = send(&router, method.clone(), path, DOCUMENT, &[session, same]).await;
        assert_eq!(page.said(), (503, "unavailable", ""), "{method} {path}");
        assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
        assert!(
            page.body.contains("You have not been signed out"),
            "{}",
            page.body
        );
        assert_eq!(page.header("set-cookie"), "");

        let fetched = send(&router, method, path, FETCH, &[session, same]).await;
        assert_eq!(fetched.said(), (503, "unavailable", ""), "{path}");
        assert!(fetched.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_eq!(fetched.body, "\"Unavailable\"");
    }
    let public = send(&router, Method::GET, "/blog/1", DOCUMENT, &[session]).await;
    assert_eq!(public.body, "the app");
}

#[tokio::test]
async fn who_lacks_the_guard_of_a_path_gets_403() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let (ada, grace) = (app.session(ADA).await, app.session(GRACE).await);
    let grace = ("cookie", grace.as_str());
    let same = ("sec-fetch-site", "same-origin");
    for (method, path) in [
        (Method::GET, "/admin"),
        (Method::GET, "/admin/people"),
        (Method::POST, "/admin/people"),
        // What routers, browsers and proxies could take for it.
        (Method::GET, "//admin"),
        (Method::GET, "/blog/%2e%2e/admin"),
        (Method::GET, "/%61dmin/people"),
    ] {
        let page = send(&router, method.clone(), path, DOCUMENT, &[grace, same]).await;
        assert_eq!(page.said(), (403, "forbidden", ""), "{method} {path}");
        assert!(
            page.body.contains("You may not see this page"),
            "{}",
            page.body
        );

        let fetched = send(&router, method.clone(), path, FETCH, &[grace, same]).await;
        let challenge = "Bearer error=\"insufficient_scope\"";
        assert_eq!(fetched.said(), (403, "forbidden", challenge), "{path}");
        assert_eq!(fetched.body, "\"Forbidden\"");

        let ada = ("cookie", ada.as_str());
        let answer = send(&router, method, path, DOCUMENT, &[ada, same]).await;
        assert_eq!(answer.body, "the app", "{path}");
    }
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_leads_to_a_new_one() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let cookie = app.session(GRACE).await;
    let session = ("cookie", cookie.as_str());
    let path = "/account/delete";
    let answer = send(&router, Method::GET, path, DOCUMENT, &[session]).await;
    assert_eq!(answer.body, "the app");
    app.clock.set_offset(330);
    app.control.set_clock_offset(330);
    let page = send(&router, Method::GET, path, DOCUMENT, &[session]).await;
    assert_eq!(page.said(), (302, "sign_in_too_old", ""));
    assert_eq!(
        page.header("location"),
        "/sign-in?return_to=/account/delete&max_age=300"
    );
    // The session has been renewed on the way, and the browser has to know.
    assert!(page.header("set-cookie").starts_with("wos-session="));
    let session = page.header("set-cookie").split(';').next().unwrap();
    let fetched = send(&router, Method::GET, path, FETCH, &[("cookie", session)]).await;
    let challenge = "Bearer error=\"insufficient_user_authentication\"";
    assert_eq!(fetched.said(), (401, "sign_in_too_old", challenge));
}

#[tokio::test]
async fn a_program_is_answered_as_by_a_guard() {
    let app = App::start().await;
    let router = app.authkit.protect(pages());
    let (ada, grace) = (app.bearer(ADA), app.bearer(GRACE));
    let ask = async |path: &'static str, token: &str| {
        let headers = [("authorization", token), ("accept", "text/html")];
        send(&router, Method::GET, path, &headers, &[]).await
    };
    assert_eq!(ask("/account", &grace).await.body, "the app");
    assert_eq!(ask("/admin", &ada).await.body, "the app");
    let answer = ask("/admin", &grace).await;
    let challenge = "Bearer error=\"insufficient_scope\"";
    assert_eq!(answer.said(), (403, "forbidden", challenge));
    assert_eq!(answer.body, "You are not allowed to do that.");
    let answer = ask("/account", "Bearer a.b.c").await;
    let challenge = "Bearer error=\"invalid_token\"";
    assert_eq!(answer.said(), (401, "token_refused", challenge));
    // As before: what everybody may see is up to its handler.
    assert_eq!(ask("/blog/1", "Bearer a.b.c").await.body, "the app");

    let app = App::start().await;
    let router = app.authkit.protect(pages());
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    let grace = app.bearer(GRACE);
    let headers = [("authorization", grace.as_str())];
    let answer = send(&router, Method::GET, "/account", &headers, &[]).await;
    assert_eq!(answer.said(), (503, "unavailable", ""));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn the_apps_own_pages_are_shown_at_the_address_and_its_handler_is_not_asked() {
    let app = App::start().await;
    let is_asked = Arc::new(AtomicBool::new(false));
    let admin = {
        let is_asked = Arc::clone(&is_asked);
        any(async move || is_asked.store(true, Ordering::Relaxed))
    };
    let forbidden = async |CurrentUser(me): CurrentUser, request: Request| {
        let conditional = request.headers().contains_key("if-none-match");
        assert!(!conditional && request.method() == Method::GET);
        format!("{} may not", me.user.display_name())
    };
    let own = Router::new()
        .route("/admin", admin)
        .route(paths::FORBIDDEN, get(forbidden))
        .route(paths::UNAVAILABLE, get(async || "one moment"));
    // By hand, as `protect` does.
    let router = own.clone().layer(app.authkit.layer().pages(own.clone()));
    let cookie = app.session(GRACE).await;
    let more = [("cookie", cookie.as_str()), ("if-none-match", "*")];
    for method in [Method::GET, Method::POST] {
        let page = send(&router, method, "/admin", DOCUMENT, &more).await;
        assert_eq!(page.said(), (403, "forbidden", ""));
        assert_eq!(page.body, "Grace Hopper may not");
    }
    // Where the layer has no pages, a plain one.
    let plain = own.clone().layer(app.authkit.layer());
    let page = send(&plain, Method::GET, "/admin", DOCUMENT, &more).await;
    assert_eq!(page.said(), (403, "forbidden", ""));
    assert!(
        page.body.contains("You may not see this page"),
        "{}",
        page.body
    );

    app.lose_workos();
    let page = send(&router, Method::GET, "/admin", DOCUMENT, &more).await;
    assert_eq!(page.said(), (503, "unavailable", ""));
    assert_eq!(page.body, "one moment");
    assert!(!is_asked.load(Ordering::Relaxed));
}

#[tokio::test]
async fn nothing_locks_the_routes_of_the_login() {
    let callback = "/api/auth/callback";
    let none: [&str; 0] = [];
    let protection = Protection::new()
        .unauthenticated_paths(none)
        .require::<HasRole<Admin>>(["/**"])
        .sign_in_path("/login");
    let app = start(callback, |builder| builder.protection(protection)).await;
    let app = app.unwrap_or_else(|error| panic!("{error}"));
    let own = Router::new().route("/login", get(async || "our own"));
    let router = app.authkit.protect(own.merge(app.authkit.routes()));
    let same = [("sec-fetch-site", "same-origin")];
    for (method, path, status) in [
        (Method::GET, paths::SIGN_IN, 302),
        (Method::GET, paths::SIGN_UP, 302),
        (Method::GET, paths::CONFIRM_SIGN_IN, 200),
        (Method::POST, paths::CONTINUE_SIGN_IN, 303),
        (Method::GET, paths::CALLBACK, 302),
        (Method::GET, callback, 302),
        (Method::POST, paths::SIGN_OUT, 303),
        (Method::GET, paths::SESSION, 200),
        // A token is for scripts.
        (Method::POST, paths::ACCESS_TOKEN, 400),
        (Method::POST, paths::REFRESH, 400),
        (Method::POST, paths::SWITCH_ORGANIZATION, 400),
        (Method::GET, paths::JWKS, 200),
        (Method::POST, paths::WEBHOOKS, 404),
        (Method::GET, paths::SIGNED_OUT, 200),
        (Method::GET, paths::SIGN_IN_FAILED, 400),
        (Method::GET, "/login", 200),
    ] {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let more = [same[0], form];
        let answer = send(&router, method.clone(), path, DOCUMENT, &more).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.header("x-authkit-reason"), "", "{method} {path}");
    }
    // The same paths a little differently are not the login's.
    for path in [
        "/callback/",
        "/sign-in/x",
        "/x/../callback",
        "//callback",
        "/%63allback",
    ] {
        let answer = send(&router, Method::GET, path, DOCUMENT, &same).await;
        assert_eq!(answer.said(), (302, "signed_out", ""), "{path}");
        assert!(answer.header("location").starts_with("/login"), "{path}");
    }
}

#[tokio::test]
async fn a_path_with_dot_segments_a_backslash_or_an_encoded_slash_is_not_public() {
    let app = App::protected(Protection::new().unauthenticated_paths(["/**"])).await;
    let router = app.authkit.protect(pages());
    for path in [
        "/blog/../account",
        "/blog/./1",
        "/blog/%2e%2E/account",
        "/blog//1",
        "//blog",
        "/blog%2f1",
        "/blog%5c..%5caccount",
        "/blog\\..\\account",
    ] {
        let answer = send(&router, Method::GET, path, FETCH, &[]).await;
        assert_eq!(answer.said(), (401, "signed_out", "Bearer"), "{path}");
    }
}

#[tokio::test]
async fn what_is_served_beside_the_layer_stays_out() {
    let app = App::protected(Protection::new()).await;
    let file = get(async || "body { color: red }");
    let router = app.authkit.protect(pages()).route("/pkg/app.css", file);
    let not_found = Router::new().fallback(async || "nothing here");
    let not_found = not_found.layer(app.authkit.layer().without_protection());
    let style = [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "style")];
    let answer = send(&router, Method::GET, "/pkg/app.css", &style, &[]).await;
    assert_eq!(answer.body, "body { color: red }");
    let answer = send(&not_found, Method::GET, "/nowhere", DOCUMENT, &[]).await;
    assert_eq!(answer.body, "nothing here");
    // Inside of the layer a style sheet is not led to the sign-in: it is refused, and the log says what to do.
    let answer = send(&router, Method::GET, "/app.css", &style, &[]).await;
    assert_eq!(answer.said(), (401, "signed_out", "Bearer"));
}

#[tokio::test]
async fn a_router_in_another_one_is_protected_by_the_whole_path() {
    let protection = Protection::new().unauthenticated_paths(["/about", "/shop/open"]);
    let app = App::protected(protection).await;
    let shop = Router::new().fallback(any(async || "the shop"));
    let router = Router::new().nest("/shop", shop.layer(app.authkit.layer()));
    let answer = send(&router, Method::GET, "/shop/open", DOCUMENT, &[]).await;
    assert_eq!(answer.body, "the shop");
    let answer = send(&router, Method::GET, "/shop/about", DOCUMENT, &[]).await;
    assert_eq!(answer.header("location"), "/sign-in?return_to=/shop/about");
}

#[tokio::test]
async fn patterns_that_are_none_stop_the_start_all_at_once() {
    let protection = Protection::new()
        .unauthenticated_paths(["/docs/:path*", "about"])
        .require::<HasRole<Admin>>(["/admin*"]);
    let refused = start("/callback", |builder| builder.protection(protection)).await;
    let Err(StartError::Protection(error)) = refused else {
        panic!("started with patterns that are none");
    };
    assert_eq!(error.0.len(), 3, "{error}");
    assert!(error.to_string().contains("→ write /docs/**"), "{error}");
}
