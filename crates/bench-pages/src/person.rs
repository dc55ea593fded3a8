//! A person who signs in: through the server, at the AuthKit it is configured with, and back.
//!
//! Called by the groups, for the cookie of the requests that they send.

use authkit_emulator::SEEDED_PASSWORD;
use reqwest::cookie::{CookieStore, Jar};
use std::sync::Arc;
use url::Url;

/// Signs in and returns the Cookie header that the server's pages are asked for with.
///
/// Where AuthKit answers with a form, this user's password is entered. WorkOS's emulator in npm asks for none.
pub async fn sign_in(origin: &Url, email: &str) -> String {
    let jar = Arc::new(Jar::default());
    let client = reqwest::Client::builder()
        .cookie_provider(Arc::clone(&jar))
        .no_proxy()
        .build()
        .expect("a client");
    let begin = origin.join("/sign-in").expect("a path");
    let page = client.get(begin).send().await.expect("a page");
    if page.url().origin() != origin.origin() {
        let mut form = page.url().clone();
        form.set_path("/sign-in");
        let home = client
            .post(form.clone())
            .header("origin", form.origin().ascii_serialization())
            .form(&[("email", email), ("password", SEEDED_PASSWORD)])
            .send()
            .await
            .expect("an answer");
        assert!(home.status().is_success(), "{}", home.status());
    }
    let cookies = jar.cookies(origin).expect("cookies");
    let cookies = cookies.to_str().expect("ASCII").split("; ");
    // Browsers send cookies to all ports of a host, the emulator's among them. A deployed AuthKit has another host.
    let session: Vec<_> = cookies.filter(|it| it.starts_with("wos-session")).collect();
    assert!(!session.is_empty(), "no session at {origin}");
    session.join("; ")
}
