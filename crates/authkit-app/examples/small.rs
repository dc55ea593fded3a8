//! A whole program of two pages: `cargo run -p authkit-app --example small` serves it, `-- doctor` looks at its settings.

use authkit_app::{App, Command, PageContext};
use authkit_leptos::server::{Protection, auth_state};
use authkit_leptos::{AuthProvider, Authenticated, SignInLink, SignOutForm, Unauthenticated};
use authkit_live::server::Features;
use clap::Parser;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, generate_route_list};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
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
        generate_route_list(pages)
    }
    fn shell(context: PageContext) -> impl IntoView + 'static {
        document(context, pages())
    }
    fn not_found(context: PageContext) -> impl IntoView + 'static {
        document(context, "There is no such page.")
    }
}

fn document<V: IntoView>(context: PageContext, body: V) -> impl IntoView + use<V> {
    context.set_content_security_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en"><head><title>"Small"</title>{context.site_tags()}</head><body>{body}</body></html>
    }
}

fn pages() -> impl IntoView {
    let home = || {
        view! {
            <Authenticated><SignOutForm><button>"Sign out"</button></SignOutForm></Authenticated>
            <Unauthenticated><SignInLink>"Sign in"</SignInLink></Unauthenticated>
        }
    };
    view! {
        <AuthProvider initial=auth_state()><Router><FlatRoutes fallback=|| "There is no such page.">
            <Route path=path!("/") view=home />
            <Route path=path!("/members") view=|| "For members." />
        </FlatRoutes></Router></AuthProvider>
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
