//! The small example, as a running server: nothing of the template is in it.

#[path = "../examples/small.rs"]
#[allow(dead_code)]
mod small;

use authkit_app::{Server, Settings};
use reqwest::{Client, StatusCode, redirect::Policy};
use small::Small;

#[tokio::test]
async fn an_app_says_what_it_is_and_is_served() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap().to_owned();
    let settings = Settings::read(|name| match name {
        "LEPTOS_SITE_ADDR" | "EMULATOR_ADDR" => Some("127.0.0.1:0".to_owned()),
        "DATA_DIR" | "LEPTOS_SITE_ROOT" => Some(folder.clone()),
        _ => None,
    });
    let server = Server::build::<Small>(settings.unwrap()).await.unwrap();
    let origin = format!("http://{}", server.addr());
    let stop = server.stopper();
    let running = tokio::spawn(server.run());
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let ask = async |path: &str| browser.get(origin.clone() + path).send().await.unwrap();

    assert_eq!(ask("/readyz").await.status(), StatusCode::OK);
    let home = ask("/").await.text().await.unwrap();
    assert!(
        home.contains("Sign in") && !home.contains("Sign out"),
        "{home}"
    );
    let absent = ask("/absent").await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
    let policy = absent.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("style-src 'self'"), "{policy}");
    let absent = absent.text().await.unwrap();
    assert!(absent.contains("There is no such page."), "{absent}");
    let members = ask("/members").await;
    assert_eq!(members.status(), StatusCode::UNAUTHORIZED, "{members:?}");
    let sign_in = ask("/sign-in").await;
    assert!(sign_in.status().is_redirection(), "{sign_in:?}");

    stop();
    running.await.unwrap().unwrap();
}
