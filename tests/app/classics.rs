//! The five mistakes that everybody makes once, made on purpose: what the person reads who made them.
//! docs/troubleshooting.md has the same sentences.

use super::{
    command,
    explaining::Desk,
    support::{Answer, App},
};
use serde_json::json;

/// That a search of the documentation for these words finds them.
#[track_caller]
fn assert_documented(words: &str) {
    let text = include_str!("../../docs/troubleshooting.md").replace("\n> ", " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "{words:?} in docs/troubleshooting.md");
}

/// The page on which a sign-in ends at the emulator.
async fn refused_by_the_emulator(app: &App) -> Answer {
    let page = app.browser().open("/sign-in").await;
    assert_eq!(page.url.port(), app.emulator_origin.port());
    assert_eq!(page.status.as_u16(), 400);
    page
}

/// That `explain` refuses the token with this sentence.
#[track_caller]
fn assert_says(said: &command::Said, sentence: &str) {
    assert_eq!(said.status, 1, "{}", said.err);
    let lines: Vec<_> = said.out.lines().map(str::trim).collect();
    assert!(lines.contains(&sentence), "{sentence:?} in {}", said.out);
}

#[tokio::test]
async fn a_wrong_client_id_is_named_where_one_signs_in() {
    let host = App::start().await;
    let app = App::start_against(&host, &[("WORKOS_CLIENT_ID", "client_typo")]).await;
    let page = refused_by_the_emulator(&app).await;
    assert!(
        page.body.contains(
            "The client_id is “client_typo”; this emulator knows only “client_emulator”. \
             Set WORKOS_CLIENT_ID to the id of the environment you sign in to."
        ),
        "{}",
        page.body
    );
    assert_documented(
        "; this emulator knows only “client_emulator”. Set WORKOS_CLIENT_ID to the id of",
    );
}

#[tokio::test]
async fn a_wrong_client_id_is_named_where_a_token_is_explained() {
    let desk = Desk::new().await;
    let wrong = [("WORKOS_CLIENT_ID", "client_typo")];
    let token = desk.token(&json!({"aud": null, "client_id": "client_emulator"}));
    let said = command::run_for(&desk.app, &["explain", &token], &wrong).await;
    let ours = desk.app.control.issuer();
    let theirs = ours.replace("client_emulator", "client_typo");
    assert_says(
        &said,
        &format!(
            "issuer \"{ours}\" ≠ \"{theirs}\": the token is another client's, \
             or WORKOS_CLIENT_ID is another environment's"
        ),
    );
    // Where the issuer is the same for all clients, the claim tells.
    let origin = desk.app.emulator_origin.as_str();
    let token = desk.token(&json!({"aud": null, "client_id": "client_emulator", "iss": origin}));
    let said = command::run_for(&desk.app, &["explain", &token], &wrong).await;
    assert_says(
        &said,
        "client_id \"client_emulator\" ≠ \"client_typo\": the token was made for another client, \
         or WORKOS_CLIENT_ID is another environment's",
    );
    for who in [
        "the token is another client's",
        "the token was made for another client",
    ] {
        assert_documented(&format!(
            "\": {who}, or WORKOS_CLIENT_ID is another environment's"
        ));
    }
}

#[tokio::test]
async fn a_missing_variable_is_named_with_where_to_get_it() {
    let app = App::start().await;
    let said = command::run_for(&app, &[], &[("WORKOS_API_KEY", "")]).await;
    assert_eq!(said.status, 1);
    assert!(
        said.err.contains(
            "1 problem with the configuration:\n  WORKOS_API_KEY is not set\n    \
             → copy it from the WorkOS dashboard, under API Keys; it begins with sk_"
        ),
        "{}",
        said.err
    );
    assert_documented(
        "WORKOS_API_KEY is not set → copy it from the WorkOS dashboard, under API Keys",
    );
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_told_with_the_ones_that_are() {
    let host = App::start().await;
    let app = App::start_against(&host, &[]).await;
    // Forgets what the app has registered.
    host.control.reset().await.unwrap();
    let page = refused_by_the_emulator(&app).await;
    let ours = app.origin.join("/callback").unwrap();
    let theirs = host.origin.join("/callback").unwrap();
    for sentence in [
        &format!("The redirect_uri “{ours}” is not registered, only “{theirs}” is."),
        "Set WORKOS_REDIRECT_URI to an address that is registered, or register this one",
        "<code>redirect_uri_mismatch</code>",
    ] {
        assert!(page.body.contains(sentence), "{sentence} in {}", page.body);
    }
    assert_documented(
        "Set WORKOS_REDIRECT_URI to an address that is registered, or register this one",
    );
}

#[tokio::test]
async fn a_token_without_an_audience_is_told_what_it_must_contain() {
    let desk = Desk::new().await;
    let token = desk.token(&json!({"aud": null}));
    let sentence = "aud missing: it must contain \"my-app\"; let the issuer add it, \
                    or leave application_id out for tokens without";
    assert_says(&desk.explain(&[&token], "").await, sentence);
    assert_documented(sentence);
}

#[tokio::test]
async fn a_slash_too_many_or_too_few_is_the_whole_difference() {
    let desk = Desk::new().await;
    let issuer = desk.app.control.issuer();
    let token = desk.token(&json!({"iss": format!("{issuer}/")}));
    assert_says(
        &desk.explain(&[&token], "").await,
        &format!("issuer \"{issuer}/\" ≠ \"{issuer}\": remove the trailing slash"),
    );
    desk.list(&format!("{issuer}/"));
    let token = desk.token(&json!({}));
    assert_says(
        &desk.explain(&[&token], "").await,
        &format!("issuer \"{issuer}\" ≠ \"{issuer}/\": add the trailing slash"),
    );
    assert_documented("≠ \"https://game.example\": remove the trailing slash");
    assert_documented("≠ \"https://game.example/\": add the trailing slash");
}
