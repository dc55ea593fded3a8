//! A whole program of one page: `cargo run -p authkit-app --example small` serves it, `-- doctor` looks at its settings.

use authkit_app::{App, Command, PageContext};
use authkit_leptos::server::{Protection, auth_state};
use authkit_leptos::{AuthProvider, Authenticated, SignInLink, SignOutForm, Unauthenticated};
use authkit_live::server::Features;
use clap::Parser;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, generate_route_list};
use sqlx::migrate::Migrator;
use std::{process::ExitCode, sync::LazyLock};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");
static FEATURES: LazyLock<Features> = LazyLock::new(|| Features::new([]));

/// This app.
pub struct Small;

impl App for Small {
    const OUTPUT_NAME: &'static str = "small";
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;

    fn features() -> &'static Features {
        &FEATURES
    }
    fn protection() -> Protection {
        Protection::new().unauthenticated_paths(["/"])
    }
    fn pages(_debug: bool) -> Vec<AxumRouteListing> {
        generate_route_list(home)
    }
    fn shell(_context: PageContext) -> impl IntoView + 'static {
        home()
    }
    fn not_found(_context: PageContext) -> impl IntoView + 'static {
        "There is no such page."
    }
}

fn home() -> impl IntoView {
    view! {
        <AuthProvider initial=auth_state()>
            <Authenticated><SignOutForm><button>"Sign out"</button></SignOutForm></Authenticated>
            <Unauthenticated><SignInLink>"Sign in"</SignInLink></Unauthenticated>
        </AuthProvider>
    }
}

/// Says hello to whom it knows.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[tokio::main]
async fn main() -> ExitCode {
    authkit_app::run::<Small>(authkit_app::parse::<Arguments>().command).await
}
