//! [`parse`] and [`run`]: what a program does from its arguments to its end.
//!
//! Called by an app's `main`. A server that can't start says why, in a sentence.

use crate::{app::App, command::Command, server::Server, settings::Settings};
use authkit_cli::{WithoutValues, read_env_file};
use authkit_serve::{stop_signal, telemetry};
use clap::Parser;
use std::{error::Error, fmt::Display, process::ExitCode};

/// Reads the arguments of the program. A mistake among them ends it, and is told without what was typed: that may be a
/// token.
pub fn parse<Arguments: Parser>() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| error.apply::<WithoutValues>().exit())
}

/// Runs the command; without one it serves, until it is told to stop. The file `.env` is read first.
///
/// The exit status is the command's own: 0 for yes, 1 for no, 2 when it could not start; of a server 0, or 1 when it
/// could not start or its listener broke.
pub async fn run<A: App>(command: Option<Command>) -> ExitCode {
    let env_file = read_env_file();
    if let Some(command) = command {
        return match env_file {
            Ok(()) => command.run::<A>().await,
            Err(error) => authkit_cli::refuse(error),
        };
    }
    if let Err(error) = env_file {
        return refuse(error);
    }
    let _telemetry = telemetry::init();
    match serve::<A>().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

fn refuse(error: impl Display) -> ExitCode {
    eprintln!("\n{error}\n");
    ExitCode::FAILURE
}

async fn serve<A: App>() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    // It may wait for a database. The first process of a container hears no signal that it does not ask for.
    let server = tokio::select! {
        server = Server::build::<A>(settings) => server?,
        () = stop_signal() => return Ok(()),
    };
    announce(&server);
    let stop = server.stopper();
    tokio::spawn(async move {
        stop_signal().await;
        stop();
    });
    server.run().await?;
    Ok(())
}

fn announce(server: &Server) {
    tracing::info!("listening on {}, open {}", server.addr(), server.origin());
    if let Some(addr) = server.metrics_addr() {
        tracing::info!("metrics at http://{addr}/metrics");
    }
    if let Some(emulator) = server.emulator() {
        tracing::info!(
            "development: signing in with the AuthKit on this machine, {}; no WORKOS variable is set",
            emulator.base_url()
        );
    }
}
