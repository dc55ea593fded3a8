//! The program: an emulator for an app in any language. It runs until it is interrupted, and decides nothing that
//! [`Config`] does not.

use authkit_emulator::{Config, Emulator, SEEDED_PASSWORD, seed_file};
use authkit_local::emulator;
use clap::Parser;
use std::{error::Error, net::SocketAddr, path::PathBuf};

/// A WorkOS AuthKit on this machine, for development and tests. Its passwords and its API key are public.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen: an address of this machine
    #[arg(long, default_value = "127.0.0.1:3100")]
    addr: SocketAddr,
    /// Where codes may be sent; can be given several times
    #[arg(long, default_value = "http://localhost:3000/callback")]
    redirect_uri: Vec<String>,
    /// Where browsers may go after signing out; can be given several times
    #[arg(long, default_value = "http://localhost:3000/")]
    sign_out_uri: Vec<String>,
    /// Users, organizations, roles and feature flags to begin with; without it the file that `EMULATOR_SEED` names, or
    /// `emulator.toml` in this folder
    #[arg(long)]
    seed: Option<PathBuf>,
    /// Where users, sessions and keys survive a restart; without it they are kept in memory
    #[arg(long)]
    state_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let named = (arguments.seed).or_else(|| std::env::var_os(emulator::SEED).map(PathBuf::from));
    let emulator = Emulator::start(Config {
        addr: arguments.addr,
        redirect_uris: arguments.redirect_uri,
        sign_out_uris: arguments.sign_out_uri,
        state_file: arguments.state_file,
        seed_file: seed_file(named),
        ..Config::default()
    })
    .await?;
    println!("AuthKit emulator at {}", emulator.base_url());
    println!("  WORKOS_CLIENT_ID={}", emulator.client_id());
    println!("  WORKOS_API_KEY={}", emulator.api_key());
    if let Some(user) = emulator.seeded_users().first() {
        println!("  Sign in as {user} with {SEEDED_PASSWORD}");
    }
    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}
