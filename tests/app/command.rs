//! A command of the program, run as a person runs it: in a folder of its own, with the variables of an
//! app that signs in at an emulator.

use super::support::App;
use authkit_emulator as emulator;
use std::path::Path;
use test_support::program;

pub use test_support::program::Said;

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
    let owned = |it: &str| it.to_owned();
    let arguments: Vec<_> = arguments.iter().map(|it| owned(it)).collect();
    let variables = variables.iter().filter(|(_, value)| !value.is_empty());
    let variables: Vec<_> = variables
        .map(|(name, value)| (owned(name), owned(value)))
        .collect();
    let (folder, input) = (folder.to_owned(), owned(input));
    let run = move || program::run(crate::PROGRAM, &folder, &arguments, &variables, &input);
    tokio::task::spawn_blocking(run).await.unwrap()
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
