//! Tokens, codes, states and passwords show up in no log, no page and no error.

use super::support::{ADA, App, Log, SESSION};
use authkit_emulator::{Endpoint, Fault, SEEDED_PASSWORD};

#[tokio::test]
async fn no_secret_is_in_the_log_or_in_a_page() {
    // Everything that anybody in the process says, at the most talkative level.
    let (log, _guard) = Log::capture("trace");

    let app = App::start().await;
    let mut browser = app.browser();
    let mut pages = Vec::new();
    let mut secrets = vec![SEEDED_PASSWORD.to_owned()];

    let start = browser.get("/sign-in").await;
    secrets.push(start.parameter("state").unwrap());
    secrets.push(start.parameter("code_challenge").unwrap());
    let page = browser.follow(start).await;
    let callback = browser.enter_password(&page, ADA).await;
    secrets.push(super::support::parameter(&callback, "code").unwrap());
    pages.push(browser.open(callback.as_str()).await.body);
    secrets.extend(browser.cookies.values().cloned());
    pages.push(browser.get("/account").await.body);
    pages.push(browser.get("/debug/auth").await.body);
    // Failures talk more than successes.
    let mut other = app.browser();
    for _ in 0..2 {
        pages.push(other.get(callback.as_str()).await.body);
    }
    app.advance(400);
    app.control
        .set_fault(Endpoint::Authenticate, Fault::reset());
    pages.push(browser.get("/account").await.body);
    app.control.clear_faults();
    pages.push(browser.get("/account").await.body);
    secrets.push(browser.cookies[SESSION].clone());
    let mut broken = browser.clone();
    broken.cookies.get_mut(SESSION).unwrap().push('x');
    pages.push(broken.get("/").await.body);

    let log = log.text();
    for reason in [
        "signed_in",
        "attempt_unknown",
        "workos_unreachable",
        "cookie_",
    ] {
        assert!(log.contains(reason), "{reason} is logged:\n{log}");
    }
    for secret in &secrets {
        assert!(secret.len() > 10);
        assert!(
            !log.contains(secret.as_str()),
            "in the log: {secret}\n{log}"
        );
        for page in &pages {
            assert!(!page.contains(secret.as_str()), "in a page: {secret}");
        }
    }
    // No JSON Web Token at all, whosever it is.
    assert!(!log.contains("eyJ") && pages.iter().all(|page| !page.contains("eyJ")));
}
