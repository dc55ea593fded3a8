//! Feature flags over the API: as the SDK lists them, and as clients that evaluate them get them.

use reqwest::StatusCode;
use serde_json::{Value, json};
use workos::Client;
use workos::feature_flags::{ListOrganizationFeatureFlagsParams, ListUserFeatureFlagsParams};
use workos::models::FlagList;

use crate::support::emulator::{Endpoint, Fault, FlagSetting};
use crate::support::{Rig, rig};

const ADA: &str = "ada@example.com";
const ALAN: &str = "alan@example.com";
const SDK: &str = "/sdk/feature-flags";

fn client(rig: &Rig) -> Client {
    Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .max_retries(0)
        .build()
}

async fn ask(rig: &Rig, path: &str) -> (StatusCode, Value) {
    let request = rig.browser.get(rig.url(path));
    let answer = request.bearer_auth(rig.emulator.api_key()).send().await;
    let answer = answer.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn slugs(list: &FlagList) -> Vec<&str> {
    list.data.iter().map(|flag| flag.slug.as_str()).collect()
}

/// A flag for Acme, one for everybody, one for Alan, and one that is not enabled.
fn set_flags(rig: &Rig) -> String {
    let control = rig.emulator.control();
    let acme = control.organization_id("Acme").unwrap();
    for flag in [
        FlagSetting::enabled("beta").for_organization(&acme),
        FlagSetting::enabled("open").for_others(),
        FlagSetting::enabled("lab").for_user(ALAN),
        FlagSetting {
            enabled: false,
            ..FlagSetting::enabled("off").for_others()
        },
    ] {
        control.set_feature_flag(flag).unwrap();
    }
    acme
}

#[tokio::test]
async fn the_sdk_lists_what_is_on_for_an_organization_and_for_a_user() {
    let rig = rig().await;
    let acme = set_flags(&rig);
    let client = client(&rig);
    let flags = client.feature_flags();
    let of = async |id: &str| {
        let params = ListOrganizationFeatureFlagsParams::default();
        flags.list_organization_feature_flags(id, params).await
    };
    let listed = of(&acme).await.unwrap();
    assert_eq!(slugs(&listed), ["open", "beta"], "the newest first");
    assert_eq!(listed.data[0].object, "feature_flag");
    assert!(listed.data[0].default_value && !listed.data[1].default_value);
    assert!(of("org_0").await.is_err());

    let of = async |email: &str| {
        let id = rig.emulator.control().user_id(email).unwrap();
        let params = ListUserFeatureFlagsParams {
            limit: Some(1),
            ..ListUserFeatureFlagsParams::default()
        };
        flags.list_user_feature_flags(&id, params).await.unwrap()
    };
    let page = of(ADA).await;
    assert_eq!(slugs(&page), ["open"]);
    assert!(
        page.list_metadata.after.is_some(),
        "Acme's is on a second page"
    );
    assert_eq!(slugs(&of(ALAN).await), ["lab"]);
}

#[tokio::test]
async fn clients_that_evaluate_get_every_flag_with_its_targets() {
    let rig = rig().await;
    assert_eq!(ask(&rig, SDK).await, (StatusCode::OK, json!({})));
    let acme = set_flags(&rig);
    let (_, flags) = ask(&rig, SDK).await;
    let no_targets = json!({ "users": [], "organizations": [] });
    assert_eq!(
        flags["beta"],
        json!({
            "slug": "beta",
            "enabled": true,
            "default_value": false,
            "targets": { "users": [], "organizations": [{ "id": acme, "enabled": true }] },
        })
    );
    assert_eq!(
        flags["off"],
        json!({ "slug": "off", "enabled": false, "default_value": true, "targets": no_targets })
    );
    let alan = rig.emulator.control().user_id(ALAN).unwrap();
    assert_eq!(
        flags["lab"]["targets"]["users"],
        json!([{ "id": alan, "enabled": true }])
    );
}

#[tokio::test]
async fn flags_need_the_key_count_their_calls_and_serve_faults() {
    let rig = rig().await;
    let acme = set_flags(&rig);
    let control = rig.emulator.control();
    let alan = control.user_id(ALAN).unwrap();
    for (endpoint, path) in [
        (Endpoint::FeatureFlags, SDK.to_owned()),
        (
            Endpoint::OrganizationFeatureFlags,
            format!("/organizations/{acme}/feature-flags"),
        ),
        (
            Endpoint::UserFeatureFlags,
            format!("/user_management/users/{alan}/feature-flags"),
        ),
    ] {
        let keyless = rig.browser.get(rig.url(&path)).send().await.unwrap();
        assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED, "{path}");
        control.set_fault(endpoint, Fault::status(503).times(1));
        let (status, _) = ask(&rig, &path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(ask(&rig, &path).await.0, StatusCode::OK, "{path}");
        assert_eq!(control.calls_of(endpoint), 3, "{path}");
        control.restrict_api_key("sk_test_restricted", vec![Endpoint::ListUsers]);
        let request = rig.browser.get(rig.url(&path));
        let refused = request.bearer_auth("sk_test_restricted").send().await;
        assert_eq!(refused.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn unknown_ids_and_odd_pages_are_refused() {
    let rig = rig().await;
    let acme = set_flags(&rig);
    for (path, status) in [
        ("/organizations/org_0/feature-flags".to_owned(), 404),
        (
            "/user_management/users/user_0/feature-flags".to_owned(),
            404,
        ),
        (format!("/organizations/{acme}/feature-flags?limit=0"), 422),
        (
            format!("/organizations/{acme}/feature-flags?after=flag_0"),
            422,
        ),
        (format!("/organizations/{acme}/feature-flags?order=up"), 422),
    ] {
        assert_eq!(ask(&rig, &path).await.0.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn another_environment_has_no_flags() {
    let rig = rig().await;
    let acme = set_flags(&rig);
    let control = rig.emulator.control();
    control
        .add_neighbour("client_other", "sk_test_other")
        .await
        .unwrap();
    let ask = async |path: String| {
        let request = rig.browser.get(rig.url(&path)).bearer_auth("sk_test_other");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(ask(SDK.to_owned()).await, (StatusCode::OK, json!({})));
    let of_acme = format!("/organizations/{acme}/feature-flags");
    assert_eq!(ask(of_acme).await.0, StatusCode::NOT_FOUND);
}
