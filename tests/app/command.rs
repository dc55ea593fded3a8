//! A command of the program, run as a person runs it: in a folder of its own, with the variables of an
//! app that signs in at an emulator.

use super::support::App;
use authkit_emulator as emulator;
use std::{io::Write, path::Path, process::Stdio};

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Runs it with these arguments and variables; a variable that is empty is not set.
pub async fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), arguments, variables, input).await
}

/// The same in this folder.
pub async fn run_in(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Said {
    let mut command = std::process::Command::new(crate::PROGRAM);
    command
        .env_clear()
        .current_dir(folder)
        .args(arguments)
        .envs(
            variables
                .iter()
                .copied()
                .filter(|(_, value)| !value.is_empty()),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let input = input.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // A command that does not read may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The variables of an app that signs in at the emulator of `app`, some of them changed.
pub fn variables<'a>(app: &App, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let emulator::Config {
        client_id, api_key, ..
    } = emulator::Config::default();
    let redirect_uri = format!("http://localhost:{}/callback", app.origin.port().unwrap());
    let port = app.emulator_origin.port().unwrap().to_string();
    let mut all = vec![
        ("WORKOS_CLIENT_ID", client_id),
        ("WORKOS_API_KEY", api_key),
        ("WORKOS_REDIRECT_URI", redirect_uri),
        ("WORKOS_COOKIE_PASSWORD", App::PASSWORD.to_owned()),
        ("WORKOS_API_HOSTNAME", "localhost".to_owned()),
        ("WORKOS_API_HTTPS", "false".to_owned()),
        ("WORKOS_API_PORT", port),
    ];
    all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    all.extend(
        changes
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    all
}

/// Runs it for an app that signs in at the emulator of `app`.
pub async fn run_for(app: &App, arguments: &[&str], changes: &[(&str, &str)]) -> Said {
    let variables = variables(app, changes);
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    run(arguments, &variables, "").await
}
