//! The program `authkit`, as it is run in a shell: in a folder of its own, with no variables but those of the test.

use authkit_emulator::{Config, Emulator, SEEDED_USERS};
use serde_json::Value;
use std::{fs, path::Path};
use test_support::program::{self, Said};

/// Runs the program in this folder.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Said {
    program::run(
        env!("CARGO_BIN_EXE_authkit"),
        folder,
        arguments,
        variables,
        input,
    )
}

/// Runs `doctor --json` in a folder with this `.env`. The checks by name, with their outcomes.
fn doctor(env_file: &str, variables: &[(&str, &str)]) -> (Said, Vec<(String, String)>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), env_file).unwrap();
    let said = run(folder.path(), &["doctor", "--json"], variables, "");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let checks = lines.map(|line: Value| (text(&line["check"]), text(&line["outcome"])));
    let checks = checks.collect();
    (said, checks)
}

fn pair(name: &str, outcome: &str) -> (String, String) {
    (name.to_owned(), outcome.to_owned())
}

#[test]
fn the_help_names_the_commands_and_no_command_of_an_app() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["--help"], &[], "");
    assert_eq!(said.status, 0, "{said:?}");
    for command in [
        "doctor",
        "events",
        "explain",
        "provision",
        "revoke",
        "routes",
        "sessions",
    ] {
        assert!(said.out.contains(&format!("\n  {command} ")), "{said:?}");
    }
    assert!(!said.out.contains("sync-users"), "{said:?}");
}

#[test]
fn a_command_that_does_not_exist_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["sk_test_in_the_wrong_place"], &[], "");
    assert_eq!(said.status, 2, "{said:?}");
    assert!(
        said.err.contains("Usage: authkit") && !said.err.contains("sk_test"),
        "{said:?}"
    );
}

#[test]
fn routes_are_known_to_an_app_only() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["routes"], &[], "");
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("App::routes"), "{said:?}");
}

#[test]
fn doctor_without_variables_finds_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["doctor"], &[], "");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains("no WORKOS variable is set"), "{said:?}");
    // Where an app keeps its database, and whether it has a site, its own doctor knows.
    let (_, checks) = doctor("", &[]);
    assert!(checks.contains(&pair("database", "skipped")), "{checks:?}");
    assert!(
        !checks.iter().any(|(name, _)| name == "site_root"),
        "{checks:?}"
    );
}

#[test]
fn doctor_reads_the_env_file_and_the_environment_wins() {
    let (said, checks) = doctor("WORKOS_CLIENT_ID=client_1\nLEPTOS_ENV=staging\n", &[]);
    assert_eq!(said.status, 1, "{said:?}");
    let bad = checks
        .iter()
        .filter(|check| **check == pair("variables", "bad"));
    // The three that are missing, and LEPTOS_ENV.
    assert_eq!(bad.count(), 4, "{said:?}");
    let corrected = [("LEPTOS_ENV", "DEV"), ("WORKOS_CLIENT_ID", "")];
    let (said, _) = doctor(
        "WORKOS_CLIENT_ID=client_1\nLEPTOS_ENV=staging\n",
        &corrected,
    );
    assert_eq!(said.status, 0, "{said:?}");
}

#[test]
fn an_env_file_that_cannot_be_read_stops_every_command() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "not a variable\n").unwrap();
    for command in ["doctor", "explain", "provision"] {
        let said = run(folder.path(), &[command], &[], "");
        assert_eq!(said.status, 2, "{said:?}");
        assert!(
            said.err.starts_with("error: a line of .env can't be read"),
            "{said:?}"
        );
    }
}

#[test]
fn doctor_looks_at_the_database_that_database_url_names() {
    let url = [("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/app")];
    let (said, checks) = doctor("", &url);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(checks.contains(&pair("database", "bad")), "{checks:?}");
    assert!(!said.out.contains("hunter2"), "{said:?}");
}

#[test]
fn provision_without_variables_has_nothing_to_register() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["provision"], &[], "");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.starts_with("Nothing to register"), "{said:?}");
    let production = [("LEPTOS_ENV", "PROD")];
    let said = run(folder.path(), &["provision"], &production, "");
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("WORKOS_API_KEY is not set"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_asks_the_emulator_that_runs_about_tokens_on_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(Config {
        redirect_uris: vec!["http://localhost:3000/callback".to_owned()],
        ..Config::default()
    })
    .await
    .unwrap();
    let granted = emulator.control().grant(SEEDED_USERS[0]).unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let (_, port) = emulator.base_url().rsplit_once(':').unwrap();
    let addr = format!("127.0.0.1:{port}");
    let variables = [("EMULATOR_ADDR", addr.as_str())];
    let explain = |input: &str| run(folder.path(), &["explain"], &variables, input);

    let said = explain(token);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        said.out.starts_with("token 1: accepted\n") && said.out.contains("client_emulator"),
        "{said:?}"
    );
    assert!(!said.out.contains(token), "{said:?}");

    let said = explain(&format!("{token}\nno.token.this\n"));
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.out.contains("token 2: refused"), "{said:?}");

    let said = explain("");
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.starts_with("error: no token"), "{said:?}");

    emulator.shutdown().await;
    let said = explain(token);
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("start the server first"), "{said:?}");
}
