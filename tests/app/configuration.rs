//! What the program does with the configuration it is started with.

use super::support::{ANY_PORT, settings};
use authkit_leptos::server::{AuthKitSettings, Server, Settings, StartError};
use std::process::Command;

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_authkit-leptos"));
    program
        .env_clear()
        .current_dir(std::env::temp_dir())
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:0");
    program
}

#[test]
fn production_without_variables_refuses_to_start_and_names_all_four() {
    let output = program().env("LEPTOS_ENV", "PROD").output().unwrap();
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
}

#[test]
fn half_a_configuration_refuses_to_start_without_showing_secrets() {
    let output = program()
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

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let settings = Settings {
        addr: taken.local_addr().unwrap(),
        ..settings(&data, AuthKitSettings::Missing)
    };
    let Err(StartError::Listen { addr, .. }) = Server::build(settings).await else {
        panic!("started on a port that is taken");
    };
    assert_eq!(addr, taken.local_addr().unwrap());
}

#[test]
fn a_line_of_the_env_file_that_cannot_be_read_is_an_error_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = "WORKOS_COOKIE_PASSWORD=a secret with spaces\nWORKOS_CLIENT_ID=client_1\n";
    std::fs::write(folder.path().join(".env"), file).unwrap();
    let output = program().current_dir(folder.path()).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(".env") && !said.contains("secret with spaces"),
        "{said}"
    );
}
