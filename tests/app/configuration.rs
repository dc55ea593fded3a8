//! What the program does with the configuration it is started with.

use super::support::{ANY_PORT, emulator_settings, settings};
use authkit_app::{Settings, StartError};
use authkit_local::listeners::ListenError;
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    process::Command,
};
use tempfile::TempDir;

/// The program in this folder, with no variable but where it listens.
fn program(folder: &TempDir) -> Command {
    let mut program = Command::new(crate::PROGRAM);
    program
        .env_clear()
        .current_dir(folder.path())
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:0");
    program
}

#[test]
fn production_without_variables_refuses_to_start_and_names_all_four() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&folder).env("LEPTOS_ENV", "PROD").output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for variable in [
        "WORKOS_CLIENT_ID",
        "WORKOS_API_KEY",
        "WORKOS_REDIRECT_URI",
        "WORKOS_COOKIE_PASSWORD",
        "openssl rand",
    ] {
        assert!(said.contains(variable), "{variable} in {said}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "no database is made for a server that can't start");
}

#[test]
fn half_a_configuration_refuses_to_start_without_showing_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&folder)
        .env("WORKOS_API_KEY", "sk_test_do_not_show_this")
        .env("WORKOS_COOKIE_PASSWORD", "too short to use")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("WORKOS_CLIENT_ID") && said.contains("16 characters"),
        "{said}"
    );
    assert!(!said.contains("do_not_show_this") && !said.contains("too short to use"));
}

/// The variables of an app in public, some of them changed.
fn deployed(folder: &TempDir, changes: &[(&str, &str)]) -> Command {
    let good = [
        ("WORKOS_CLIENT_ID", "client_1"),
        ("WORKOS_API_KEY", "sk_live_1"),
        ("WORKOS_REDIRECT_URI", "https://app.example.com/callback"),
        ("WORKOS_COOKIE_PASSWORD", "mE2pYzVb1nq0R7xkD4sWc9tLhJ3uFgAo"),
        ("LEPTOS_ENV", "PROD"),
        // So that what starts all the same stops here.
        ("DATABASE_URL", "postgres://127.0.0.1:1/nowhere"),
        ("DATABASE_WAIT_SECONDS", "1"),
    ];
    let mut program = program(folder);
    program.envs(good).envs(changes.iter().copied());
    program
}

/// What it says as it refuses to start.
fn refusal(program: &mut Command) -> String {
    let output = program.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_log_that_is_no_terminal_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let said = refusal(&mut deployed(&folder, &[("RUST_LOG", "debug")]));
    assert!(said.contains(" DEBUG "), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
}

#[test]
fn production_refuses_to_start_with_settings_that_are_not_safe() {
    const SAMPLE: &str = "complex_password_at_least_32_characters_long";
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(&mut deployed(&folder, &[])).contains("can't open the database"));
    for (changes, words) in [
        (
            vec![("WORKOS_COOKIE_PASSWORD", SAMPLE)],
            "WORKOS_COOKIE_PASSWORD is made of words",
        ),
        (
            vec![("WORKOS_COOKIE_PASSWORD_PREVIOUS", SAMPLE)],
            "WORKOS_COOKIE_PASSWORD_PREVIOUS is made of words",
        ),
        (
            vec![("WORKOS_REDIRECT_URI", "http://app.example.com/callback")],
            "WORKOS_REDIRECT_URI is plain http",
        ),
        (
            vec![
                ("WORKOS_API_HOSTNAME", "api.example.com"),
                ("WORKOS_API_HTTPS", "false"),
            ],
            "WORKOS_API_HTTPS is false",
        ),
        (
            vec![("WORKOS_COOKIE_SAMESITE", "none")],
            "WORKOS_COOKIE_SAMESITE is none",
        ),
        (
            vec![("WORKOS_API_KEY", "\"sk_live_1\"")],
            "WORKOS_API_KEY is in quotes",
        ),
        (vec![("LEPTOS_ENV", "live")], "LEPTOS_ENV is \"live\""),
        (vec![("LEPTOS_ENV", "'PROD'")], "LEPTOS_ENV is in quotes"),
    ] {
        let said = refusal(&mut deployed(&folder, &changes));
        assert!(said.contains(words), "{words} in {said}");
        assert!(
            !said.contains(SAMPLE) && !said.contains("sk_live"),
            "{said}"
        );
        assert!(!said.contains("database"), "{said}");
    }
}

#[test]
fn development_warns_of_settings_that_are_not_safe_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let changes = [
        ("LEPTOS_ENV", "DEV"),
        ("WORKOS_REDIRECT_URI", "http://app.example.com/callback"),
    ];
    let said = refusal(&mut deployed(&folder, &changes));
    assert!(
        said.contains("WARN") && said.contains("WORKOS_REDIRECT_URI is plain http"),
        "{said}"
    );
    assert!(said.contains("can't open the database"), "{said}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let settings = Settings {
        addr: taken.local_addr().unwrap(),
        ..settings(&data, emulator_settings())
    };
    let Err(StartError::Listen(ListenError::PortTaken { addr })) =
        starter::process::server(settings).await
    else {
        panic!("started on a port that is taken");
    };
    assert_eq!(addr, taken.local_addr().unwrap());
}

#[tokio::test]
async fn another_program_on_the_other_loopback_address_is_named() {
    let Ok(other) = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        eprintln!("not looked at: this machine has no IPv6");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let port = other.local_addr().unwrap().port();
    let settings = Settings {
        addr: (Ipv4Addr::LOCALHOST, port).into(),
        ..settings(&data, emulator_settings())
    };
    let Err(error) = starter::process::server(settings).await else {
        panic!("started beside another program on [::1]");
    };
    let told = error.to_string();
    assert!(
        told.starts_with(&format!("port {port} is taken"))
            && told.contains(&format!("listens on [::1]:{port}")),
        "{told}"
    );
}

#[test]
fn a_line_of_the_env_file_that_cannot_be_read_is_an_error_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = "WORKOS_COOKIE_PASSWORD=a secret with spaces\nWORKOS_CLIENT_ID=client_1\n";
    std::fs::write(folder.path().join(".env"), file).unwrap();
    let output = program(&folder).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(".env") && !said.contains("secret with spaces"),
        "{said}"
    );
}
