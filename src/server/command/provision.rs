//! `authkit-leptos provision`: tells WorkOS this app's addresses, so that nobody has to type them.
//!
//! May be run any number of times. Changes nothing but what it says, and with `--dry-run` nothing.

use super::configuration;
use crate::authkit::{
    paths,
    server::{
        Config,
        workos::{Failure, Registration, WorkOs},
    },
};
use secrecy::ExposeSecret;
use std::process::ExitCode;

/// What can be asked for.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Say what would be registered, and register nothing
    #[arg(long)]
    dry_run: bool,
}

/// Registers what is missing. Exit status 1 if something could not be registered.
pub async fn run(Arguments { dry_run }: Arguments) -> ExitCode {
    let config = match configuration() {
        Ok(Some(config)) => config,
        Ok(None) => {
            println!(
                "Nothing to register: no WORKOS variable is set, so sign-in uses the AuthKit of this\nmachine, which knows this app already."
            );
            return ExitCode::SUCCESS;
        }
        Err(refused) => return refused,
    };
    let workos = match WorkOs::new(&config) {
        Ok(workos) => workos,
        Err(failure) => {
            eprintln!("{}", explain(failure, &config));
            return ExitCode::FAILURE;
        }
    };
    let origin = config.redirect_uri.origin();
    let redirect_uri = config.redirect_uri.as_str().to_owned();
    let mut all_is_well = true;
    for (what, address) in [
        ("redirect URI", Registration::RedirectUri(redirect_uri)),
        ("CORS origin", Registration::CorsOrigin(origin.clone())),
    ] {
        let (Registration::RedirectUri(value) | Registration::CorsOrigin(value)) = &address;
        print!("{what:<13} {value:<50} ");
        match provide(&workos, &address, dry_run).await {
            Ok(outcome) => println!("{outcome}"),
            Err(failure) => {
                all_is_well = false;
                println!(
                    "could not be registered\n              {}",
                    explain(failure, &config)
                );
            }
        }
    }
    let sign_out = format!("{origin}{}", paths::SIGNED_OUT);
    println!(
        "{:<13} {sign_out:<50} by hand\n              WorkOS has no API for it: dashboard → Redirects → Sign-out redirects, add it there",
        "sign-out URI"
    );
    match all_is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

async fn provide(
    workos: &WorkOs,
    address: &Registration,
    dry_run: bool,
) -> Result<&'static str, Failure> {
    if workos.is_registered(address).await? {
        return Ok("already there");
    }
    if dry_run {
        return Ok("would be registered");
    }
    workos.register(address).await?;
    Ok("registered")
}

/// What is in the way, and what to do.
fn explain(failure: Failure, config: &Config) -> String {
    let key = match config.api_key.expose_secret() {
        key if key.starts_with("sk_live_") => "the live key in WORKOS_API_KEY",
        key if key.starts_with("sk_test_") => "the test key in WORKOS_API_KEY",
        _ => "the key in WORKOS_API_KEY",
    };
    match failure {
        Failure::Misconfigured => format!(
            "WorkOS does not know {key}: copy it again from the dashboard, API Keys, of the same environment"
        ),
        Failure::Declined { status: 403 } | Failure::Broken { status: 403, .. } => format!(
            "{key} is not authorised for this: give it write access to User Management in the dashboard, API Keys, or add the address by hand under Redirects"
        ),
        Failure::Declined { status } => format!(
            "WorkOS refuses the address (HTTP {status}): it must be https, or http on localhost, without wildcard and fragment"
        ),
        Failure::RateLimited { .. } => "WorkOS asks to slow down: try again in a minute".to_owned(),
        Failure::Unreachable => {
            format!(
                "{} can't be reached: check the network and WORKOS_API_HOSTNAME",
                config.api.origin()
            )
        }
        Failure::Broken { status, .. } => {
            format!("WorkOS answered HTTP {status}, an error of its own: try again later")
        }
        Failure::Request | Failure::Refused(_) => {
            "the request could not be made: WORKOS_API_KEY has characters that can't be sent"
                .to_owned()
        }
    }
}
