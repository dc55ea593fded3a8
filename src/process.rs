//! What this app is to the process that serves it: the crate `authkit-app`, which has the settings, the database, the router
//! and the commands.
//!
//! `main` runs it; tests build servers of it.

use crate::{app, debug, features::features};
use authkit_app::{App, AppRoute, PageContext, Server, Settings, StartError};
use authkit_leptos::server::Protection;
use authkit_live::server::Features;
use leptos::prelude::*;
use leptos_axum::AxumRouteListing;
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// This app.
pub struct ThisApp;

impl App for ThisApp {
    // `.cargo/config.toml` says it to cargo, `Cargo.toml` to cargo-leptos.
    const OUTPUT_NAME: &'static str = env!(
        "LEPTOS_OUTPUT_NAME",
        "run cargo in the project's folder: its .cargo/config.toml sets LEPTOS_OUTPUT_NAME"
    );
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;

    fn features() -> &'static Features {
        features()
    }

    fn protection() -> Protection {
        app::protection()
    }

    fn pages(debug: bool) -> Vec<AxumRouteListing> {
        app::routes(debug)
    }

    fn shell(context: PageContext) -> impl IntoView + 'static {
        app::shell(&context)
    }

    fn not_found(context: PageContext) -> impl IntoView + 'static {
        app::not_found(&context)
    }

    fn routes(debug: bool) -> Vec<AppRoute> {
        debug::routes(debug, app::shell)
    }
}

/// A server of this app.
///
/// # Errors
/// [`StartError`] with what to change.
pub async fn server(settings: Settings) -> Result<Server, StartError> {
    Server::build::<ThisApp>(settings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_and_cargo_leptos_are_told_the_same_name() {
        let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
        let name = &manifest["workspace"]["metadata"]["leptos"][0]["output-name"];
        assert_eq!(name.as_str(), Some(ThisApp::OUTPUT_NAME));
    }
}
