//! The JWT template: over the API as the SDK sets it, in the seed, by control, and in the tokens that follow.

use reqwest::StatusCode;
use serde_json::{Value, json};
use workos::models::UpdateJWTTemplate;
use workos::user_management::UpdateJWTTemplateParams;
use workos::{ApiError, Client, Error};

use crate::support::emulator::{Config, Endpoint, Fault};
use crate::support::{Rig, config, rig, rig_with, text};

const ADA: &str = "ada@example.com";
const ALAN: &str = "alan@example.com";
const PATH: &str = "/user_management/jwt_template";

fn client(rig: &Rig) -> Client {
    Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .max_retries(0)
        .build()
}

fn new(content: &str) -> UpdateJWTTemplateParams {
    UpdateJWTTemplateParams::new(UpdateJWTTemplate {
        content: content.to_owned(),
    })
}

fn refusal(error: Error) -> Box<ApiError> {
    match error {
        Error::Api(error) => error,
        other => panic!("{other}"),
    }
}

async fn claims(rig: &Rig, email: &str) -> Value {
    let tokens = rig.emulator.control().grant(email).unwrap();
    rig.verified(text(&tokens, "/access_token")).await.unwrap()
}

#[tokio::test]
async fn the_sdk_sets_a_template_and_reads_it() {
    let rig = rig().await;
    let client = client(&rig);
    let users = client.user_management();
    let none = refusal(users.list_jwt_template().await.unwrap_err());
    assert_eq!(none.status, 404);
    let content = r#"{"urn:myapp:name": "{{ user.first_name }} of {{ organization.name || 'nowhere' }}",
        "urn:myapp:roles": {{ organization_membership.roles }}}"#;
    let set = users.update_jwt_template(new(content)).await.unwrap();
    assert_eq!(
        (set.object.as_str(), set.content.as_str()),
        ("jwt_template", content)
    );
    let read = users.list_jwt_template().await.unwrap();
    assert_eq!(
        (read.content, read.created_at),
        (set.content, set.created_at)
    );
    let ada = claims(&rig, ADA).await;
    assert_eq!(ada["urn:myapp:name"], "Ada of Acme");
    assert_eq!(ada["urn:myapp:roles"], json!(["admin"]));
    let alan = claims(&rig, ALAN).await;
    assert_eq!(alan["urn:myapp:name"], "Alan of nowhere");
    assert!(alan.get("urn:myapp:roles").is_none(), "null is left out");
}

#[tokio::test]
async fn a_template_overrides_claims_that_are_not_reserved() {
    let rig = rig().await;
    let users = client(&rig);
    let users = users.user_management();
    let content =
        r#"{"role": 7, "permissions": "all", "aud": "my-api", "org_id": {{ user.email }}}"#;
    users.update_jwt_template(new(content)).await.unwrap();
    let ada = claims(&rig, ADA).await;
    assert_eq!(ada["role"], 7);
    assert_eq!(ada["permissions"], "all");
    assert_eq!(
        (&ada["aud"], &ada["org_id"]),
        (&json!("my-api"), &json!(ADA))
    );
    assert_eq!(ada["roles"], json!(["admin"]));
    rig.emulator.control().set_jwt_template(None).unwrap();
    assert_eq!(claims(&rig, ADA).await["role"], "admin");
}

#[tokio::test]
async fn a_template_that_cannot_be_used_is_refused_and_the_old_one_stays() {
    let rig = rig().await;
    let client = client(&rig);
    let users = client.user_management();
    users.update_jwt_template(new(r#"{"a": 1}"#)).await.unwrap();
    for content in [
        "",
        "{}",
        "not JSON",
        r#"{"sub": "user_other"}"#,
        r#"{"a": {{ user.email }}"#,
        r#"{"a": {{ account.id }}}"#,
        r#"{"a": {{ user.email | upcase }}}"#,
    ] {
        let refused = refusal(users.update_jwt_template(new(content)).await.unwrap_err());
        assert_eq!(refused.status, 422, "{content}");
        let control = rig.emulator.control();
        assert!(
            control.set_jwt_template(Some(content)).is_err(),
            "{content}"
        );
    }
    let request = rig.browser.put(rig.url(PATH)).json(&json!({}));
    let missing = request.bearer_auth(rig.emulator.api_key()).send().await;
    assert_eq!(missing.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(claims(&rig, ADA).await["a"], 1);
}

#[tokio::test]
async fn claims_that_render_too_large_end_the_sign_in_with_the_reason() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let long = "x".repeat(3_100);
    let content = format!(r#"{{"a": {{{{ organization.external_id || '{long}' }}}}}}"#);
    control.set_jwt_template(Some(&content)).unwrap();
    let (status, body) = rig.exchange(&rig.code_for(ADA).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["code"], "invalid_jwt_template");
    assert!(text(&body, "/message").contains("3072"), "{body}");
    assert!(control.grant(ADA).is_err());
}

#[tokio::test]
async fn the_template_needs_the_key_counts_its_calls_and_serves_faults() {
    let rig = rig().await;
    let keyless = rig.browser.get(rig.url(PATH)).send().await.unwrap();
    assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED);
    let body = json!({ "content": "{\"a\": 1}" });
    let keyless = rig.browser.put(rig.url(PATH)).json(&body).send().await;
    assert_eq!(keyless.unwrap().status(), StatusCode::UNAUTHORIZED);
    let control = rig.emulator.control();
    control.set_fault(Endpoint::JwtTemplate, Fault::status(500).times(1));
    let client = client(&rig);
    let users = client.user_management();
    let failed = users.update_jwt_template(new(r#"{"a": 1}"#)).await;
    assert_eq!(refusal(failed.unwrap_err()).status, 500);
    assert_eq!(control.calls_of(Endpoint::JwtTemplate), 3);
    assert!(claims(&rig, ADA).await.get("a").is_none());
}

#[tokio::test]
async fn the_seed_has_a_template_and_the_data_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("emulator.toml");
    let seed = r#"
[[organizations]]
name = "Initech"
external_id = "tenant-7"
metadata = { plan = "gold \"1\"" }
[[users]]
email = "peter@example.com"
metadata = { language = "es" }
memberships = [{ organization = "Initech", role = "member" }]
[jwt_template]
content = '{"tenant": "{{ organization.external_id }}", "plan": "{{ organization.metadata.plan }}", "lang": {{ user.metadata.language }}}'
"#;
    std::fs::write(&file, seed).unwrap();
    let rig = rig_with(Config {
        seed_file: Some(file),
        ..config()
    })
    .await;
    let peter = claims(&rig, "peter@example.com").await;
    assert_eq!(peter["tenant"], "tenant-7");
    assert_eq!(peter["plan"], "gold \"1\"");
    assert_eq!(peter["lang"], "es");
    let control = rig.emulator.control();
    control.set_jwt_template(None).unwrap();
    control.reset().await.unwrap();
    let peter = claims(&rig, "peter@example.com").await;
    assert_eq!(peter["tenant"], "tenant-7");
}
