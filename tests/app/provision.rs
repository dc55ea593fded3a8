//! `authkit provision`, as a process, against the emulator.

use super::{
    command::{Said, run, run_for},
    support::App,
};
use authkit_emulator::{Endpoint, Fault};
use serde_json::json;

const NEW: (&str, &str) = ("WORKOS_REDIRECT_URI", "https://new.example/callback");

async fn provision(app: &App, changes: &[(&str, &str)]) -> Said {
    run_for(app, &["provision"], changes).await
}

async fn registered(app: &App) -> String {
    let state = app.emulator_origin.join("/_emulator").unwrap();
    reqwest::get(state).await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_first_run_registers_and_the_second_finds_it_done() {
    let app = App::start().await;
    let first = provision(&app, &[NEW]).await;
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(
        first.out.matches(" registered\n").count(),
        2,
        "{}",
        first.out
    );
    assert!(
        first.out.contains("https://new.example/signed-out"),
        "{}",
        first.out
    );
    let known = registered(&app).await;
    assert!(known.contains("https://new.example/callback"), "{known}");
    assert!(known.contains("\"https://new.example\""), "{known}");

    let second = provision(&app, &[NEW]).await;
    assert_eq!(second.status, 0);
    assert_eq!(
        second.out.matches("already there").count(),
        2,
        "{}",
        second.out
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let app = App::start().await;
    let dry = run_for(&app, &["provision", "--dry-run"], &[NEW]).await;
    assert_eq!(dry.status, 0, "{dry:?}");
    assert_eq!(
        dry.out.matches("would be registered").count(),
        2,
        "{}",
        dry.out
    );
    assert!(!registered(&app).await.contains("new.example"));
}

#[tokio::test]
async fn somebody_who_was_faster_is_no_failure() {
    let app = App::start().await;
    assert_eq!(provision(&app, &[NEW]).await.status, 0);
    let empty = json!({"object": "list", "data": [], "list_metadata": {}});
    app.control.set_fault(
        Endpoint::RedirectUris,
        Fault::status(200).json(empty).times(1),
    );
    let said = provision(&app, &[NEW]).await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains(" already there\n"), "{}", said.out);
    assert!(!said.out.contains(" registered"), "{}", said.out);
}

#[tokio::test]
async fn each_obstacle_is_explained_and_the_key_is_never_shown() {
    let app = App::start().await;
    let wrong = "sk_live_a_key_of_another_environment";
    for (fault, changes, sentence) in [
        (
            None,
            vec![NEW, ("WORKOS_API_KEY", wrong)],
            "does not know the live key",
        ),
        (
            Some(Fault::status(403).json(json!({"code": "forbidden", "message": "no"}))),
            vec![NEW],
            "the test key in WORKOS_API_KEY is not authorised",
        ),
        (Some(Fault::status(403)), vec![NEW], "is not authorised"),
        (Some(Fault::status(429)), vec![NEW], "asks to slow down"),
        (
            Some(Fault::status(502).html("<h1>Bad gateway</h1>")),
            vec![NEW],
            "answered HTTP 502",
        ),
        (Some(Fault::reset()), vec![NEW], "can't be reached"),
        (
            None,
            vec![("WORKOS_REDIRECT_URI", "http://public.example/callback")],
            "refuses the address (HTTP 422)",
        ),
    ] {
        for endpoint in [Endpoint::RedirectUris, Endpoint::CorsOrigins] {
            app.control.clear_faults();
            if let Some(fault) = &fault {
                app.control.set_fault(endpoint, fault.clone());
            }
            let said = provision(&app, &changes).await;
            assert_eq!(said.status, 1, "{sentence} {said:?}");
            assert!(said.out.contains(sentence), "{sentence}: {}", said.out);
            assert!(!said.out.contains(wrong) && !said.out.contains("sk_test_emulator"));
        }
    }
    assert!(!registered(&app).await.contains("public.example"));
}

#[tokio::test]
async fn without_variables_there_is_nothing_to_do_and_with_half_of_them_that_is_said() {
    let said = run(&["provision"], &[], "").await;
    assert_eq!(said.status, 0);
    assert!(said.out.starts_with("Nothing to register"), "{}", said.out);
    let said = run(&["provision"], &[("WORKOS_CLIENT_ID", "client_1")], "").await;
    assert_eq!(said.status, 2);
    assert!(
        said.err.contains("WORKOS_API_KEY is not set"),
        "{}",
        said.err
    );
}
