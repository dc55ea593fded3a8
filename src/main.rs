//! The program: it serves, or runs one of its other commands.

use authkit_app::Command;
use clap::Parser;
use starter::process::ThisApp;
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
    let Arguments { command } = authkit_app::parse();
    authkit_app::run::<ThisApp>(command).await
}
