//! `authkit provision`: registers the app's addresses at WorkOS, in place of typing them into the dashboard.
//!
//! Can be run any number of times. Changes only what it prints, nothing with `--dry-run`, and never anything in an
//! environment other than the client's.

mod item;
mod obstacle;

use crate::{app::App, login::Login, obstacle::Obstacle, refuse};
use authkit_leptos::paths;
use authkit_leptos::server::{
    Config,
    config::RedirectUri,
    workos::{Failure, Registered, Registration, WorkOs},
};
use item::{Item, Outcome, What};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// What the help says besides the options.
const HELP: &str = "\
Exit status: 0 if WorkOS knows what it can be told, 1 if something could not be registered, 2 if the
configuration is not complete. The sign-out URI is entered by hand: WorkOS has no API for it.";

/// The arguments of `provision`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Provision {
    /// Say what would be registered, and register nothing
    #[arg(long)]
    dry_run: bool,

    /// One JSON object per line, for machines: what, value and outcome, and with it problem and fix
    #[arg(long)]
    json: bool,
}

impl Provision {
    /// Registers what is missing. Exit status 1 if something could not be registered.
    pub async fn run(self, app: &App) -> ExitCode {
        let config = match Login::read(app) {
            Ok(Login::WorkOs(config)) => config,
            Ok(Login::Emulator) => return self.has_nothing_to_do(),
            Ok(Login::Missing) => return refuse(Config::nothing_set()),
            Err(error) => return refuse(error),
        };
        match self.provide_all(&config).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(obstacle) => obstacle.stop(),
        }
    }

    fn has_nothing_to_do(self) -> ExitCode {
        let nothing = "Nothing to register: no WORKOS variable is set, so sign-in uses the AuthKit of this \
                       machine,\nwhich knows this app already.";
        match self.json {
            true => eprintln!("{nothing}"),
            false => println!("{nothing}"),
        }
        ExitCode::SUCCESS
    }

    /// Whether all went well.
    async fn provide_all(&self, config: &Config) -> Result<bool, Obstacle> {
        let workos =
            WorkOs::new(config).map_err(|failure| Obstacle::to_anything(failure, config))?;
        if belongs_elsewhere(&workos).await {
            return Err(Obstacle::another_environment(config));
        }
        let redirect_uris = config.redirect_uris().map(|uri| {
            let uri = uri.as_str().to_owned();
            (
                What::RedirectUri,
                uri.clone(),
                Registration::RedirectUri(uri),
            )
        });
        let origins: Vec<_> = config.redirect_uris().map(RedirectUri::origin).collect();
        let cors_origins = origins.iter().cloned().map(|origin| {
            (
                What::CorsOrigin,
                origin.clone(),
                Registration::CorsOrigin(origin),
            )
        });
        let mut all_is_well = true;
        for (what, value, address) in redirect_uris.chain(cors_origins) {
            let outcome = match provide(&workos, &address, self.dry_run).await {
                Ok(outcome) => outcome,
                Err(failure) => {
                    all_is_well = false;
                    Outcome::Failed(Obstacle::to(what, failure, config))
                }
            };
            self.say(&Item {
                what,
                value,
                outcome,
            });
        }
        for origin in origins {
            self.say(&Item {
                what: What::SignOutUri,
                value: format!("{origin}{}", paths::SIGNED_OUT),
                outcome: Outcome::ByHand {
                    fix: format!(
                        "WorkOS has no API for it: add it in the dashboard, {}",
                        What::SignOutUri.place()
                    ),
                },
            });
        }
        Ok(all_is_well)
    }

    fn say(&self, item: &Item) {
        let said = match self.json {
            true => serde_json::to_string(item).unwrap_or_default(),
            false => item.to_string(),
        };
        // A reader that has closed the pipe does not stop the work.
        let _ = writeln!(io::stdout(), "{said}");
    }
}

/// Whether the key is good, and another client's: it would register the addresses where nobody looks.
async fn belongs_elsewhere(workos: &WorkOs) -> bool {
    workos.check_credentials().await == Err(Failure::Misconfigured)
        && workos.redirect_uris().await.is_ok()
}

async fn provide(
    workos: &WorkOs,
    address: &Registration,
    dry_run: bool,
) -> Result<Outcome, Failure> {
    match workos.is_registered(address).await {
        Ok(true) => return Ok(Outcome::AlreadyThere),
        Ok(false) if dry_run => return Ok(Outcome::WouldRegister),
        Ok(false) => {}
        // WorkOS could not list them until 2026, and its emulator can't. It says itself what exists.
        Err(failure) if !dry_run && obstacle::is_no_such_endpoint(failure) => {}
        Err(failure) => return Err(failure),
    }
    Ok(match workos.register(address).await? {
        Registered::Now => Outcome::Registered,
        Registered::Before => Outcome::AlreadyThere,
    })
}
