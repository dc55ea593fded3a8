//! `authkit doctor`: checks a configuration before an app is started with it.
//!
//! Called by `Command::run`. Each file has the checks of one subject; here is their order, and which makes which
//! impossible. Never changes anything: no file, no table, nothing at WorkOS.

mod check;
mod clock;
mod cookie;
mod database;
mod deployed;
mod env_file;
mod environment;
mod issuer;
mod keys;
mod password;
mod patience;
mod redirect_uri;
mod report;
mod server;
mod variables;
mod workos;

pub use check::{Check, Name, Outcome, OwnName};
pub(crate) use database::without_password;
pub use database::{Database, POOLER_FIX, Place, loses_statements};
pub use environment::Reading;
pub use server::{development_variables, server_variables};

use crate::{app::App, refuse};
use authkit_leptos::server::Config;
use clap::Args;
use environment::Environment;
use futures_util::future::join_all;
use std::{path::PathBuf, process::ExitCode, time::Duration};
use url::Url;
use workos::Conversation;

/// The arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// One JSON object per line, for machines: check, about, outcome (good, warning, bad or skipped),
    /// and with it found, problem and fix, or why
    #[arg(long)]
    json: bool,
    /// Look at an app that runs, from outside, instead of the configuration: `https://app.example.com`
    #[arg(long, value_parser = deployed::origin)]
    url: Option<Url>,
    /// Also wait this long on an open connection, 65 seconds by default, to see whether it is kept
    #[arg(long, value_name = "SECONDS", requires = "url", num_args = 0..=1, require_equals = true,
        default_missing_value = "65")]
    slow: Option<u64>,
    /// Trust the certificate authorities in this file, too: for an app whose certificate is not a public one
    #[arg(long, value_name = "PEM", requires = "url")]
    ca_file: Option<PathBuf>,
}

impl Doctor {
    /// Checks everything and prints the report. Exit status 1 if anything fails.
    pub async fn run(self, app: App) -> ExitCode {
        let checks = match self.url {
            Some(url) => {
                let idle = self.slow.map(Duration::from_secs);
                match deployed::examine(url, self.ca_file, idle).await {
                    Ok(checks) => checks,
                    Err(error) => return refuse(error),
                }
            }
            None => examine(&Environment::of_this_process().read(&app), app).await,
        };
        match self.json {
            true => print!("{}", report::json(&checks)),
            false => print!("{}", report::table(&checks)),
        }
        match checks.iter().any(Check::is_bad) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}

/// All checks, in the order of the report.
async fn examine(reading: &Reading, app: App) -> Vec<Check> {
    let own = app.checks.map_or_else(Vec::new, |checks| checks(reading));
    let (own_variables, own): (Vec<_>, Vec<_>) = own
        .into_iter()
        .partition(|check| check.name == Name::Variables);
    let database = app
        .database
        .unwrap_or_else(|| Database::read(|name| reading.variable(name)));
    let mut checks = variables::readable(reading, own_variables);
    checks.extend(variables::names(reading));
    checks.extend(env_file::check(&reading.environment));
    let remote = async {
        match &reading.config {
            Some(config) => at_workos(reading, config).await,
            None => workos::unasked("needs the WORKOS variables").collect(),
        }
    };
    let (remote, providers, database) =
        tokio::join!(remote, providers(reading), database::check(&database));
    if !reading.nothing_set() {
        checks.push(variables::api_key_kind(reading));
        checks.extend(password::check(reading));
        checks.push(redirect_uri::scheme(reading));
        checks.push(redirect_uri::address(reading));
        checks.push(cookie::flags(reading));
        checks.push(cookie::domain(reading));
        checks.push(cookie::same_site(reading));
        checks.push(variables::webhook(reading));
        checks.extend(remote);
    }
    checks.extend(providers);
    checks.extend(database);
    checks.extend(own);
    checks
}

/// The questions to WorkOS, as many at once as possible.
async fn at_workos(reading: &Reading, config: &Config) -> Vec<Check> {
    let (conversation, clock) =
        tokio::join!(Conversation::begin(config), clock::check(&config.api));
    let mut checks = conversation.checks.clone();
    if !conversation.answers {
        checks.extend(workos::unasked(workos::NEEDS_API).skip(checks.len()));
        return checks;
    }
    let about_the_client = async {
        let (client_id, jwks) = keys::authkit(config).await;
        let unknown = client_id.is_bad();
        let issuer = async {
            match unknown {
                true => Name::Issuer.skipped("needs a client id that WorkOS knows"),
                false => issuer::at_the_api(config).await,
            }
        };
        let (credentials, issuer) = tokio::join!(conversation.credentials(!unknown), issuer);
        [client_id, credentials, jwks, issuer]
    };
    let (permissions, cors_origin, about_the_client, domain) = tokio::join!(
        conversation.permissions(),
        conversation.cors_origin(config),
        about_the_client,
        issuer::at_the_domain(config),
    );
    let [_, credentials, ..] = &about_the_client;
    let redirect_uri = conversation.redirect_uri(reading, credentials);
    checks.push(permissions);
    checks.extend(about_the_client);
    checks.extend(domain);
    checks.push(redirect_uri);
    checks.push(cors_origin);
    checks.push(workos::sign_out_uri(config));
    checks.push(workos::initiate_login_url(config));
    checks.push(clock);
    checks
}

async fn providers(reading: &Reading) -> Vec<Check> {
    match &reading.providers {
        Err(error) => {
            let fix = "correct the file that AUTH_PROVIDERS names; docs/tokens.md shows one";
            vec![Name::Providers.bad(error.to_string(), fix)]
        }
        Ok(providers) if providers.is_empty() => {
            vec![Name::Providers.good("none: only AuthKit's tokens are accepted")]
        }
        Ok(providers) => {
            let count = providers.len();
            let mut checks = vec![Name::Providers.good(format!("{count} in the list"))];
            checks.extend(join_all(providers.iter().cloned().map(keys::provider)).await);
            checks
        }
    }
}
