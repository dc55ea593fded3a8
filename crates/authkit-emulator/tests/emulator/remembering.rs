//! Starting, stopping and what survives in between.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::emulator::{Config, Emulator, Endpoint, Fault, StartError};
use crate::support::{REDIRECT_URI, Rig, config, location, parameter, rig, rig_with, text};

fn config_in(folder: &tempfile::TempDir) -> Config {
    Config {
        state_file: Some(folder.path().join("deep/state.json")),
        ..config()
    }
}

#[tokio::test]
async fn a_restart_signs_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig_with(config_in(&folder)).await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let Rig { emulator, browser } = rig;
    emulator.shutdown().await;
    let rig = Rig {
        emulator: Emulator::start(config_in(&folder)).await.unwrap(),
        browser,
    };
    assert!(
        rig.verified(text(&tokens, "/access_token")).await.is_ok(),
        "the keys are others"
    );
    assert!(
        parameter(&rig.authorize(&[]).await, "code").is_some(),
        "the browser is forgotten"
    );
    assert_eq!(
        rig.refresh(text(&tokens, "/refresh_token")).await.0,
        StatusCode::OK
    );
    let (_, again) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(
        again["error_description"],
        "Refresh token already exchanged."
    );
}

#[tokio::test]
async fn the_state_file_is_its_owner_s_and_holds_no_usable_secret() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(&folder);
    let path = config.state_file.clone().unwrap();
    let rig = rig_with(config).await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let json = std::fs::read_to_string(&path).unwrap();
    assert!(!json.contains(text(&tokens, "/refresh_token")));
    assert!(!json.contains(crate::support::emulator::SEEDED_PASSWORD));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_corrupt_state_is_set_aside_and_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    for corrupt in ["", "{", "{\"keys\":[]}", "null"] {
        std::fs::write(&path, corrupt).unwrap();
        let rig = rig_with(Config {
            state_file: Some(path.clone()),
            ..config()
        })
        .await;
        let aside = std::fs::read_to_string(folder.path().join("state.json.corrupt")).unwrap();
        assert_eq!(aside, corrupt);
        assert_eq!(location(&rig.authorize(&[]).await).path(), "/sign-in");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_kept_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        state_file: Some(folder.path().to_owned()),
        ..config()
    };
    assert!(matches!(
        Emulator::start(config).await,
        Err(StartError::Store(_))
    ));
}

#[tokio::test]
async fn a_taken_port_is_said_so() {
    let rig = rig().await;
    let port = url::Url::parse(rig.emulator.base_url())
        .unwrap()
        .port()
        .unwrap();
    let config = Config {
        addr: ([127, 0, 0, 1], port).into(),
        ..config()
    };
    let Err(error) = Emulator::start(config).await else {
        panic!("two emulators on one port")
    };
    assert!(
        error.to_string().contains(&format!("port {port} is taken")),
        "{error}"
    );
}

#[tokio::test]
async fn the_base_url_is_localhost_on_both_families() {
    let rig = rig().await;
    let base = rig.emulator.base_url();
    assert!(base.starts_with("http://localhost:"), "{base}");
    for host in ["localhost", "127.0.0.1"] {
        let answer = rig
            .browser
            .get(base.replace("localhost", host))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn stopping_closes_connections_that_ask_nothing() {
    let rig = rig().await;
    rig.authorize(&[]).await;
    let address = rig
        .emulator
        .base_url()
        .trim_start_matches("http://")
        .to_owned();
    let mut silent = tokio::net::TcpStream::connect(address).await.unwrap();
    rig.emulator.shutdown().await;
    // The end of the stream, or a reset where the connection had not been taken up yet.
    let rest = tokio::io::AsyncReadExt::read(&mut silent, &mut [0; 16]).await;
    assert_eq!(rest.unwrap_or(0), 0);
}

#[tokio::test]
async fn stopping_waits_for_answers_under_way() {
    let rig = rig().await;
    let url = rig.url(&format!("/sso/jwks/{}", rig.emulator.client_id()));
    rig.emulator
        .control()
        .set_fault(Endpoint::Jwks, Fault::latency(Duration::from_millis(300)));
    let slow = tokio::spawn(rig.browser.get(url).send());
    while rig.emulator.control().calls_of(Endpoint::Jwks) == 0 {
        tokio::task::yield_now().await;
    }
    rig.emulator.shutdown().await;
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn addresses_can_be_registered_later() {
    let rig = rig_with(Config::default()).await;
    assert_eq!(rig.authorize(&[]).await.status(), StatusCode::BAD_REQUEST);
    rig.emulator.register_redirect_uri(REDIRECT_URI);
    assert_eq!(rig.authorize(&[]).await.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn a_state_from_before_policies_membership_ids_and_rights_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = config_in(&folder).state_file.unwrap();
    let rig = rig_with(config_in(&folder)).await;
    let tokens = rig.tokens_for("ada@example.com").await;
    rig.emulator.shutdown().await;
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let without = |entry: &mut Value, names: &[&str]| {
        let removed = names
            .iter()
            .filter_map(|name| entry.as_object_mut()?.remove(*name));
        assert_eq!(removed.count(), names.len());
    };
    for membership in state["memberships"].as_array_mut().unwrap() {
        without(membership, &["id", "created_at", "other_roles"]);
    }
    for organization in state["organizations"].as_object_mut().unwrap().values_mut() {
        without(
            organization,
            &[
                "policy",
                "entitlements",
                "external_id",
                "metadata",
                "created_at",
            ],
        );
    }
    for user in state["users"].as_object_mut().unwrap().values_mut() {
        without(user, &["external_id", "metadata", "oauth_provider"]);
    }
    without(
        &mut state,
        &["roles", "feature_flags", "seed", "jwt_template"],
    );
    for session in state["sessions"].as_object_mut().unwrap().values_mut() {
        without(session, &["met", "oauth_provider", "oauth_scopes"]);
    }
    std::fs::write(&path, state.to_string()).unwrap();
    let rig = rig_with(config_in(&folder)).await;
    let (status, again) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(again["organization_id"], tokens["organization_id"]);
    let claims = rig.verified(text(&again, "/access_token")).await.unwrap();
    let permissions = ["members:manage", "numbers:read", "numbers:write"];
    assert_eq!(claims["permissions"], serde_json::json!(permissions));
}
