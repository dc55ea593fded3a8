//! What users may do: roles, permissions, entitlements and feature flags in access tokens, as control changes them, and
//! the events that tell of it.

use reqwest::StatusCode;
use serde_json::{Value, json};
use workos::models::{
    AuthenticateResponse, FlagCreated, FlagRuleUpdated, FlagUpdated, RoleCreatedData,
    RoleUpdatedData,
};

use crate::receiver::Receiver;
use crate::support::emulator::{
    Config, Emulator, FlagSetting, Grant, Impersonator, OauthProvider, SEEDED_PASSWORD,
};
use crate::support::{Rig, config, parameter, rig, rig_with, text};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const ALAN: &str = "alan@example.com";

fn acme(rig: &Rig) -> String {
    rig.emulator.control().organization_id("Acme").unwrap()
}

/// The claims of a new session of a user.
async fn claims(rig: &Rig, email: &str) -> Value {
    let tokens = rig.emulator.control().grant(email).unwrap();
    rig.verified(text(&tokens, "/access_token")).await.unwrap()
}

#[tokio::test]
async fn a_token_has_the_rights_of_the_seed_and_leaves_out_what_is_empty() {
    let rig = rig().await;
    let ada = claims(&rig, ADA).await;
    assert_eq!(ada["role"], "admin");
    assert_eq!(ada["roles"], json!(["admin"]));
    let permissions = ["members:manage", "numbers:read", "numbers:write"];
    assert_eq!(ada["permissions"], json!(permissions));
    for absent in ["entitlements", "feature_flags"] {
        assert!(ada.get(absent).is_none(), "{absent}");
    }
    assert_eq!(
        claims(&rig, GRACE).await["permissions"],
        json!(["numbers:read"])
    );
    let alan = claims(&rig, ALAN).await;
    for absent in ["org_id", "role", "roles", "permissions", "entitlements"] {
        assert!(alan.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn several_roles_permit_what_each_of_them_does_once() {
    let rig = rig().await;
    let control = rig.emulator.control();
    control
        .define_role("auditor", &["numbers:read", "audit:read"])
        .unwrap();
    control
        .set_roles(GRACE, &acme(&rig), &["member", "auditor"])
        .unwrap();
    let grace = claims(&rig, GRACE).await;
    assert_eq!(grace["role"], "member");
    assert_eq!(grace["roles"], json!(["member", "auditor"]));
    assert_eq!(grace["permissions"], json!(["numbers:read", "audit:read"]));
    control.define_role("auditor", &[]).unwrap();
    control.set_role(GRACE, &acme(&rig), "auditor").unwrap();
    let grace = claims(&rig, GRACE).await;
    assert_eq!(grace["roles"], json!(["auditor"]));
    assert!(grace.get("permissions").is_none());
}

#[tokio::test]
async fn a_refresh_has_the_role_that_was_given_meanwhile() {
    let rig = rig().await;
    let tokens = rig.tokens_for(GRACE).await;
    let control = rig.emulator.control();
    control.set_role(GRACE, &acme(&rig), "admin").unwrap();
    let (_, tokens) = rig.refresh(text(&tokens, "/refresh_token")).await;
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    assert_eq!(claims["role"], "admin");
}

#[tokio::test]
async fn unknown_roles_and_odd_slugs_are_refused_and_change_nothing() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let acme = acme(&rig);
    for refused in [
        control.set_role(GRACE, &acme, "admn"),
        control.set_roles(GRACE, &acme, &["admin", "admn"]),
        control.set_roles(GRACE, &acme, &[]),
        control.add_member(ALAN, &acme, "admn"),
        control.define_role("Admin", &[]),
        control.define_role("admin", &["a b"]),
        control.set_entitlements(&acme, &[""]),
        control.set_entitlements("org_0", &[]),
        control.set_feature_flag(FlagSetting::enabled("é")),
        control.set_feature_flag(FlagSetting::enabled("beta").for_user("nobody@example.com")),
        control.set_feature_flag(FlagSetting::enabled("beta").for_organization("org_0")),
        control.remove_feature_flag("beta"),
    ] {
        assert!(refused.is_err());
    }
    let told = control.set_role(GRACE, &acme, "admn").unwrap_err();
    assert_eq!(told.to_string(), "there is no role admn");
    assert_eq!(claims(&rig, GRACE).await["roles"], json!(["member"]));
    let ada = claims(&rig, ADA).await;
    assert_eq!(ada["permissions"].as_array().unwrap().len(), 3);
    assert!(ada.get("feature_flags").is_none());
    assert!(claims(&rig, ALAN).await.get("org_id").is_none());
}

#[tokio::test]
async fn entitlements_are_the_organization_s_and_flags_are_for_whom_they_are_meant() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let acme = acme(&rig);
    control.set_entitlements(&acme, &["audit-logs"]).unwrap();
    let beta = FlagSetting::enabled("beta").for_organization(&acme);
    control.set_feature_flag(beta).unwrap();
    let lab = FlagSetting::enabled("lab").for_user(ALAN);
    control.set_feature_flag(lab).unwrap();
    control
        .set_feature_flag(FlagSetting::enabled("open").for_others())
        .unwrap();
    let off = FlagSetting {
        enabled: false,
        ..FlagSetting::enabled("off").for_others()
    };
    control.set_feature_flag(off).unwrap();
    let grace = claims(&rig, GRACE).await;
    assert_eq!(grace["entitlements"], json!(["audit-logs"]));
    assert_eq!(grace["feature_flags"], json!(["beta", "open"]));
    let alan = claims(&rig, ALAN).await;
    assert_eq!(alan["feature_flags"], json!(["lab", "open"]));
    assert!(alan.get("entitlements").is_none());
    control.remove_feature_flag("open").unwrap();
    control.set_entitlements(&acme, &[]).unwrap();
    let grace = claims(&rig, GRACE).await;
    assert_eq!(grace["feature_flags"], json!(["beta"]));
    assert!(grace.get("entitlements").is_none());
    control.reset().await.unwrap();
    assert!(claims(&rig, GRACE).await.get("feature_flags").is_none());
}

#[tokio::test]
async fn rights_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Config {
        state_file: Some(folder.path().join("state.json")),
        ..config()
    };
    let rig = rig_with(kept.clone()).await;
    let control = rig.emulator.control();
    control.define_role("auditor", &["audit:read"]).unwrap();
    control
        .set_roles(GRACE, &acme(&rig), &["member", "auditor"])
        .unwrap();
    control
        .set_feature_flag(FlagSetting::enabled("beta").for_others())
        .unwrap();
    let before = claims(&rig, GRACE).await;
    let Rig { emulator, browser } = rig;
    emulator.shutdown().await;
    let rig = Rig {
        emulator: Emulator::start(kept).await.unwrap(),
        browser,
    };
    let after = claims(&rig, GRACE).await;
    for name in ["role", "roles", "permissions", "feature_flags"] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

#[tokio::test]
async fn events_of_roles_and_flags_have_the_sdk_s_shape() {
    let mut receiver = Receiver::start().await;
    let rig = rig_with(Config {
        webhook: Some(receiver.webhook()),
        ..config()
    })
    .await;
    let control = rig.emulator.control();
    control.define_role("auditor", &["audit:read"]).unwrap();
    let created = receiver.next_of("role.created").await;
    let created: RoleCreatedData = serde_json::from_value(created).unwrap();
    assert_eq!(created.slug, "auditor");
    control.define_role("auditor", &[]).unwrap();
    let updated = receiver.next_of("role.updated").await;
    let updated: RoleUpdatedData = serde_json::from_value(updated).unwrap();
    assert_eq!(updated.permissions, Some(Vec::new()));

    let beta = || FlagSetting::enabled("beta").for_organization(acme(&rig));
    control.set_feature_flag(beta()).unwrap();
    let created: FlagCreated = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!(created.event, "flag.created");
    assert_eq!(created.data.slug, "beta");
    let rule: FlagRuleUpdated = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!(rule.event, "flag.rule_updated");
    let targets = rule.context.configured_targets;
    assert_eq!(targets.organizations[0].name, "Acme");
    assert!(targets.users.is_empty());
    control.set_feature_flag(beta().for_others()).unwrap();
    let updated: FlagUpdated = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!(updated.event, "flag.updated");
    assert!(updated.data.default_value);
    control.set_feature_flag(beta().for_others()).unwrap();
    control.remove_feature_flag("beta").unwrap();
    let deleted = receiver.next_of("flag.deleted").await;
    assert_eq!(text(&deleted, "/slug"), "beta");
}

#[tokio::test]
async fn a_sign_in_with_a_provider_has_its_tokens_once() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let read = |answer: &Value| -> AuthenticateResponse {
        serde_json::from_value(answer.clone()).unwrap()
    };
    assert!(read(&rig.tokens_for(ADA).await).oauth_tokens.is_none());
    control
        .set_oauth_provider(ADA, Some(OauthProvider::GitHub))
        .unwrap();
    let first = rig.tokens_for(ADA).await;
    let answer = read(&first);
    assert_eq!(
        answer.authentication_method.unwrap().as_str(),
        "GitHubOAuth"
    );
    let tokens = answer.oauth_tokens.unwrap();
    assert_eq!(tokens.provider, "GitHubOAuth");
    assert_eq!(tokens.scopes, ["openid", "email", "profile"]);
    assert_ne!(tokens.access_token.expose(), tokens.refresh_token.expose());
    let (_, second) = rig.refresh(text(&first, "/refresh_token")).await;
    assert_eq!(second["authentication_method"], "GitHubOAuth");
    assert!(second.get("oauth_tokens").is_none());
    control.set_oauth_provider(ADA, None).unwrap();
    assert_eq!(
        rig.tokens_for(ADA).await["authentication_method"],
        "Password"
    );
}

#[tokio::test]
async fn a_grant_can_be_another_s_older_elsewhere_and_with_a_provider() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let globex = control.organization_id("Globex").unwrap();
    let granted = control.grant_as(Grant {
        email: ADA.into(),
        organization_id: Some(globex.clone()),
        oauth_provider: Some(OauthProvider::Google),
        signed_in_ago: 600,
        ..Grant::default()
    });
    let granted = granted.unwrap();
    assert_eq!(granted["oauth_tokens"]["provider"], "GoogleOAuth");
    let claims = rig.verified(text(&granted, "/access_token")).await.unwrap();
    assert_eq!(claims["org_id"], globex);
    let age = claims["iat"].as_i64().unwrap() - claims["auth_time"].as_i64().unwrap();
    assert_eq!(age, 600);
    let impersonated = control.grant_as(Grant {
        email: ADA.into(),
        impersonator: Some(Impersonator {
            email: "support@example.com".into(),
            reason: None,
        }),
        ..Grant::default()
    });
    let impersonated = impersonated.unwrap();
    assert_eq!(impersonated["authentication_method"], "Impersonation");
    let elsewhere = Grant {
        email: GRACE.into(),
        organization_id: Some(globex),
        ..Grant::default()
    };
    assert!(control.grant_as(elsewhere).is_err());
}

#[tokio::test]
async fn max_age_can_be_ignored_and_then_the_authentication_stays_old() {
    let rig = rig().await;
    rig.code_for(ADA).await;
    let control = rig.emulator.control();
    control.set_clock_offset(600);
    let old = [("max_age", Some("300"))];
    assert!(parameter(&rig.authorize(&old).await, "code").is_none());
    control.set_ignores_max_age(true);
    let code = parameter(&rig.authorize(&old).await, "code").unwrap();
    let (status, tokens) = rig.exchange(&code).await;
    assert_eq!(status, StatusCode::OK);
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    let age = claims["iat"].as_i64().unwrap() - claims["auth_time"].as_i64().unwrap();
    assert!(age >= 600, "{age}");
    control.reset().await.unwrap();
    rig.code_for(ADA).await;
    control.set_clock_offset(600);
    assert!(parameter(&rig.authorize(&old).await, "code").is_none());
}

#[tokio::test]
async fn rights_can_be_changed_over_http() {
    let rig = rig().await;
    let acme = acme(&rig);
    let post = async |path: &str, body: &Value| {
        let request = rig.browser.post(rig.url(&format!("/_emulator{path}")));
        request.json(body).send().await.unwrap().status()
    };
    for (path, body) in [
        (
            "/roles",
            json!({ "slug": "auditor", "permissions": ["audit:read"] }),
        ),
        (
            "/members/roles",
            json!({ "email": GRACE, "organization_id": acme, "roles": ["member", "auditor"] }),
        ),
        (
            "/entitlements",
            json!({ "organization_id": acme, "entitlements": ["audit-logs"] }),
        ),
        (
            "/flags",
            json!({ "slug": "beta", "enabled": true, "default": true, "users": { ADA: false } }),
        ),
        (
            "/oauth_provider",
            json!({ "email": GRACE, "provider": "GoogleOAuth" }),
        ),
        ("/max_age", json!({ "ignored": true })),
        (
            "/initiate_login_uri",
            json!({ "uri": "http://localhost:3000/sign-in" }),
        ),
    ] {
        assert_eq!(post(path, &body).await, StatusCode::OK, "{path}");
    }
    let grace = claims(&rig, GRACE).await;
    assert_eq!(grace["roles"], json!(["member", "auditor"]));
    assert_eq!(grace["entitlements"], json!(["audit-logs"]));
    assert_eq!(grace["feature_flags"], json!(["beta"]));
    assert!(claims(&rig, ADA).await.get("feature_flags").is_none());
    let about: Value = rig.get_json("/_emulator").await;
    assert_eq!(about["initiate_login_uri"], "http://localhost:3000/sign-in");
    assert_eq!(
        about["roles"]["auditor"]["permissions"],
        json!(["audit:read"])
    );
    let gone = rig.browser.delete(rig.url("/_emulator/flags"));
    let gone = gone.json(&json!({ "slug": "beta" })).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::OK);
    for (path, body) in [
        ("/roles", json!({ "slug": 7, "permissions": [] })),
        ("/flags", json!({ "slug": "beta", "enable": true })),
        (
            "/initiate_login_uri",
            json!({ "uri": "javascript:alert(1)" }),
        ),
        (
            "/oauth_provider",
            json!({ "email": GRACE, "provider": "MySpace" }),
        ),
    ] {
        let status = post(path, &body).await;
        assert!(status.is_client_error(), "{path}: {status}");
    }
}

#[tokio::test]
async fn a_provider_that_the_app_names_asks_again_and_gives_the_scopes_asked_for() {
    let rig = rig().await;
    rig.code_for(ADA).await;
    let named = [
        ("provider", Some("GitHubOAuth")),
        ("provider_scopes", Some("repo,email,gist")),
    ];
    let page = rig.authorize(&named).await;
    assert!(parameter(&page, "code").is_none(), "answered in silence");
    let form = [("email", ADA), ("password", SEEDED_PASSWORD)];
    let answer = rig.post_page("/sign-in", &rig.query(&named), &form).await;
    let code = parameter(&answer, "code").unwrap();
    let (status, tokens) = rig.exchange(&code).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(tokens["authentication_method"], "GitHubOAuth");
    let scopes = json!(["openid", "email", "profile", "repo", "gist"]);
    assert_eq!(tokens["oauth_tokens"]["scopes"], scopes);
    let none = [named[0], ("prompt", Some("none"))];
    let error = parameter(&rig.authorize(&none).await, "error");
    assert_eq!(error.as_deref(), Some("login_required"));
}
