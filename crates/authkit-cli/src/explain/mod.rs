//! `authkit explain`: which provider accepts a token, or which check it fails at each.
//!
//! Uses the verifier of the server, with the same providers. Never prints a token or its signature.

mod moment;
mod report;

use crate::{
    app::App,
    emulator,
    login::Login,
    refuse,
    settings::{self, SettingError},
};
use authkit_leptos::server::{
    core::clock::Clock,
    token::{Provider, ProvidersError, Verifier},
};
use authkit_local::emulator::{ADDR, PORT};
use authkit_serve::settings::address;
use report::Report;
use secrecy::SecretString;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

/// What the help says besides the options.
const HELP: &str = "\
A token is as good as a password for as long as it lives. An argument shows up in the shell's
history and in the list of processes; standard input does not: authkit explain <token.txt

Exit status: 0 if every token is accepted, 1 if any is refused, 2 if none could be looked at.";

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The tokens. Without any, they are read from standard input, one per line
    #[arg(value_name = "TOKEN")]
    tokens: Vec<String>,

    /// A list of providers such as auth.toml. Without it: the providers of the server, from the
    /// environment and .env
    #[arg(long, value_name = "FILE")]
    providers: Option<PathBuf>,

    /// One JSON object per line for each token; docs/tokens.md names its fields
    #[arg(long)]
    json: bool,
}

/// Why no token could be looked at.
#[derive(Debug, thiserror::Error)]
enum ExplainError {
    #[error(transparent)]
    Providers(#[from] ProvidersError),
    #[error(transparent)]
    Settings(#[from] SettingError),
    #[error(
        "there is no provider that could accept a token. Name a list of them with --providers auth.toml, \
         set AUTH_PROVIDERS or the four WORKOS variables, or, in development, start the server first"
    )]
    NoProvider,
    #[error("the HTTP client can't be set up: {0}")]
    Http(#[from] reqwest::Error),
    #[error("no token: pass it on standard input, one per line, or as an argument")]
    NoToken,
    #[error("can't read or write: {0}")]
    Io(#[from] io::Error),
}

impl Explain {
    /// Prints a verdict on each token.
    pub async fn run(self, app: &App) -> ExitCode {
        match self.explain(app).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => refuse(error),
        }
    }

    /// Whether all of them are accepted.
    async fn explain(self, app: &App) -> Result<bool, ExplainError> {
        let providers = match &self.providers {
            Some(file) => Provider::read(file)?,
            None => configured(app)?,
        };
        let clock = Clock::default();
        let verifier = Verifier::new(providers, clock.clone())?;
        let mut all_accepted = true;
        let mut count = 0;
        for token in tokens(self.tokens) {
            count += 1;
            let examination = verifier.examine(&token?).await;
            let report = Report::new(count, &examination, clock.now());
            all_accepted &= report.accepted;
            let mut out = io::stdout().lock();
            if self.json {
                serde_json::to_writer(&mut out, &report).map_err(io::Error::from)?;
                writeln!(out)?;
            } else {
                write!(out, "{report}")?;
            }
        }
        match count {
            0 => Err(ExplainError::NoToken),
            _ => Ok(all_accepted),
        }
    }
}

/// The providers of the server that the environment configures.
fn configured(app: &App) -> Result<Vec<Provider>, ExplainError> {
    let variable = |name: &str| std::env::var(name).ok();
    let mut providers = match Login::read(app)? {
        Login::WorkOs(config) => config.all_providers(),
        Login::Emulator => {
            let running =
                emulator::running(address(variable, ADDR, PORT).map_err(SettingError::from)?);
            running.map_or_else(Vec::new, |config| config.all_providers())
        }
        Login::Missing => Vec::new(),
    };
    providers.extend(settings::providers(variable)?);
    if providers.is_empty() {
        return Err(ExplainError::NoProvider);
    }
    Ok(providers)
}

/// The arguments; without any, the lines of standard input that are not blank, as they arrive.
fn tokens(arguments: Vec<String>) -> Box<dyn Iterator<Item = io::Result<SecretString>> + Send> {
    if !arguments.is_empty() {
        return Box::new(arguments.into_iter().map(|token| Ok(token.trim().into())));
    }
    if io::stdin().is_terminal() {
        eprintln!("Paste tokens, one per line; Ctrl-D ends.");
    }
    let lines = io::BufReader::new(io::stdin()).split(b'\n');
    Box::new(lines.filter_map(|line| match line {
        Ok(line) => {
            // What is no text is no token either, and is told so.
            let line = String::from_utf8_lossy(&line);
            let token = line.trim();
            (!token.is_empty()).then(|| Ok(token.into()))
        }
        Err(error) => Some(Err(error)),
    }))
}
