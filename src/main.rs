//! The program: settings, log, server, until it is told to stop; or one of its other commands.

use authkit_cli::{WithoutValues, read_env_file};
use clap::Parser;
use starter::process::{Command, Server, Settings, stop_signal, telemetry};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A web app with AuthKit login. Without a command it serves. Configured by environment variables and
/// `.env`; .env.example lists them all.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command } =
        Arguments::try_parse().unwrap_or_else(|error| error.apply::<WithoutValues>().exit());
    let env_file = read_env_file();
    if let Some(command) = command {
        return match env_file {
            Ok(()) => command.run().await,
            Err(error) => Command::refuse(error),
        };
    }
    if let Err(error) = env_file {
        return refuse(error);
    }
    let _telemetry = telemetry::init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

fn refuse(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("\n{error}\n");
    ExitCode::FAILURE
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    // It may wait for a database. The first process of a container hears no signal that it does not ask for.
    let server = tokio::select! {
        server = Server::build(settings) => server?,
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
