//! Pages of the app in frames of other sites: in none unless they are named, and a sign-in leaves the frame.

use super::support::{ADA, App, emulator_settings, settings};
use authkit_app::Settings;
use authkit_leptos::server::config::FrameAncestors;
use http::StatusCode;

const IN_A_FRAME: [(&str, &str); 3] = [
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "iframe"),
    ("sec-fetch-site", "same-origin"),
];

async fn app(ancestors: &str) -> App {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings {
        frame_ancestors: FrameAncestors::parse(ancestors).unwrap(),
        ..settings(&data, emulator_settings())
    };
    App::build(settings, data).await
}

/// The sources of `frame-ancestors`.
async fn ancestors(app: &App, path: &str) -> String {
    let answer = app.browser().get(path).await;
    let policy = answer.header("content-security-policy").to_owned();
    let found = policy
        .split("; ")
        .find_map(|it| it.strip_prefix("frame-ancestors "));
    found
        .unwrap_or_else(|| panic!("{path}: {policy}"))
        .to_owned()
}

#[tokio::test]
async fn pages_show_themselves_in_frames_of_the_named_sites_and_the_question_in_none() {
    let app = app("self, https://intranet.example").await;
    let named = "'self' https://intranet.example";
    for path in [
        "/",
        "/live",
        "/signed-out",
        "/sign-in-failed",
        "/no-such-page",
    ] {
        assert_eq!(ancestors(&app, path).await, named, "{path}");
    }
    for path in ["/confirm-sign-in", "/confirm-sign-in?organization_id=org_1"] {
        assert_eq!(ancestors(&app, path).await, "'none'", "{path}");
    }
    let unnamed = App::start().await;
    assert_eq!(ancestors(&unnamed, "/").await, "'none'");
}

#[tokio::test]
async fn a_sign_in_in_a_frame_leads_to_a_link_for_the_whole_window() {
    let app = app("https://intranet.example").await;
    let mut browser = app.browser();
    for (link, way_back) in [
        (
            "/sign-in?return_to=/account%3Ftab%3D2",
            "/account%3Ftab%3D2",
        ),
        ("/sign-up?return_to=/live", "/live"),
        ("/sign-in?return_to=//evil.example", ""),
        ("/callback?code=x&state=y", ""),
    ] {
        let answer = browser.get_with(link, &IN_A_FRAME).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{link}");
        assert_eq!(answer.set_cookies(), [""; 0], "{link}");
        let page = browser
            .get_with(answer.location().as_str(), &IN_A_FRAME)
            .await;
        assert!(
            page.body.contains("<code>in_a_frame</code>"),
            "{}",
            page.body
        );
        let query = match way_back {
            "" => String::new(),
            path => format!("?return_to={path}"),
        };
        let link = format!("href=\"/sign-in{query}\" rel=\"external nofollow\" target=\"_top\"");
        assert!(page.body.contains(&link), "no {link} in {}", page.body);
    }
    // A page that needs a session leads there by itself.
    let answer = browser.get_with("/account", &IN_A_FRAME).await;
    assert_eq!(answer.location().path(), "/sign-in");

    // Where nobody may show the app, nothing has changed.
    let unnamed = App::start().await;
    let answer = unnamed.browser().get_with("/sign-in", &IN_A_FRAME).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_session_goes_into_frames_and_attempts_do_not() {
    let workos = App::start().await;
    let site = "https://intranet.example";
    let changes = [
        ("WORKOS_REDIRECT_URI", "https://app.example/callback"),
        ("WORKOS_COOKIE_SAMESITE", "none"),
        ("FRAME_ANCESTORS", site),
    ];
    let app = App::start_against_with(&workos, &changes, |settings| Settings {
        frame_ancestors: FrameAncestors::parse(site).unwrap(),
        ..settings
    });
    let app = app.await;
    let mut browser = app.browser();
    browser.origin = app.address();
    let answer = browser.get("/sign-in?led_here=1").await;
    let attempt = &answer.set_cookies()[0];
    assert!(attempt.contains("SameSite=Lax"), "{attempt}");
    let page = browser.follow(answer).await;
    let mut callback = browser.enter_password(&page, ADA).await;
    callback.set_scheme("http").unwrap();
    callback.set_host(Some("127.0.0.1")).unwrap();
    callback.set_port(app.address().port()).unwrap();
    let answer = browser.get(callback.as_str()).await;
    let session = answer.set_cookies();
    let session = session
        .iter()
        .find(|it| it.starts_with("__Host-wos-session="));
    let session = session.unwrap();
    assert!(session.contains("SameSite=None; Secure"), "{session}");
}
