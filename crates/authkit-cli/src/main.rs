//! The program `authkit`: the commands for an app of which nothing but the variables is known.

use authkit_cli::{App, Command, WithoutValues, read_env_file, refuse};
use clap::Parser;
use std::process::ExitCode;

/// Checks, explains and registers the login of an app that uses WorkOS AuthKit. Reads the app's environment
/// variables, and `.env` in this folder or above it.
#[derive(Parser)]
#[command(name = "authkit", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command } =
        Arguments::try_parse().unwrap_or_else(|error| error.apply::<WithoutValues>().exit());
    match read_env_file() {
        Ok(()) => command.run(App::default()).await,
        Err(error) => refuse(error),
    }
}
