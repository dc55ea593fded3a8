//! `script/authkit revoke`, as a process beside a server that runs: the app's own program knows the app's database, so a
//! session is over in the app at once, without a webhook.

use super::{
    command::run_for,
    postgres,
    support::{ADA, App, Browser},
};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault};
use std::time::Duration;

/// Waits until the browser is signed out, less long than a token lives.
async fn is_signed_out(browser: &mut Browser) {
    let over = async {
        while browser.is_signed_in().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let over = tokio::time::timeout(Duration::from_secs(10), over).await;
    over.expect("the app has not heard of it");
}

#[tokio::test]
async fn a_session_that_is_revoked_is_over_in_the_app_that_no_webhook_tells() {
    let url = postgres::shared().await.database().await;
    let (on_file, postgres) = (App::start().await, url.clone());
    let on_postgres = App::start_on(DatabaseSettings::Postgres(postgres.into())).await;
    let folder = on_file.data().to_str().unwrap().to_owned();
    for (app, variable, sentence) in [
        (
            &on_file,
            ("DATA_DIR", folder.as_str()),
            "refuses them within a second",
        ),
        (
            &on_postgres,
            ("DATABASE_URL", url.as_str()),
            "refuses them at once",
        ),
    ] {
        let (mut one, mut other) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
        let id = one.id("session_0").await;
        let said = run_for(app, &["revoke", &id], &[variable]).await;
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.out.contains(sentence), "{said:?}");
        is_signed_out(&mut one).await;
        assert!(other.is_signed_in().await);

        // Also while WorkOS is away.
        let id = other.id("session_0").await;
        app.control.set_fault(Endpoint::Revoke, Fault::reset());
        let said = run_for(app, &["revoke", &id], &[variable]).await;
        assert_eq!(said.status, 1, "{said:?}");
        assert!(
            said.out.contains("over in the app, but not at WorkOS"),
            "{said:?}"
        );
        is_signed_out(&mut other).await;
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made_and_workos_is_told_all_the_same() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let id = ada.id("session_0").await;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = [("DATA_DIR", folder.path().to_str().unwrap())];
    let said = run_for(&app, &["revoke", &id], &elsewhere).await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains("app.db is not there"), "{said:?}");
    assert!(said.out.contains("when it renews a session"), "{said:?}");
    assert_eq!(app.control.calls_of(Endpoint::Revoke), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
