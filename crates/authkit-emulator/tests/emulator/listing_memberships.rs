//! `GET /user_management/organization_memberships`: as the SDK reads it, page by page.

use reqwest::StatusCode;
use serde_json::Value;
use workos::Client;
use workos::models::UserOrganizationMembershipList;
use workos::organization_membership::ListOrganizationMembershipsParams;

use crate::support::{Rig, rig, text};

fn client(rig: &Rig) -> Client {
    Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .build()
}

fn of(user_id: &str) -> ListOrganizationMembershipsParams {
    ListOrganizationMembershipsParams {
        user_id: Some(user_id.to_owned()),
        ..ListOrganizationMembershipsParams::default()
    }
}

async fn list(
    rig: &Rig,
    params: ListOrganizationMembershipsParams,
) -> UserOrganizationMembershipList {
    let client = client(rig);
    let listed = client
        .organization_membership()
        .list_organization_memberships(params)
        .await;
    listed.unwrap()
}

fn names(list: &UserOrganizationMembershipList) -> Vec<&str> {
    list.data
        .iter()
        .map(|it| it.organization_name.as_deref().unwrap())
        .collect()
}

#[tokio::test]
async fn the_sdk_reads_where_a_user_belongs() {
    let rig = rig().await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let listed = list(&rig, of(text(&tokens, "/user/id"))).await;
    assert_eq!(listed.object, "list");
    assert_eq!(names(&listed), ["Globex", "Acme"], "the newest first");
    let roles: Vec<_> = listed.data.iter().map(|it| it.role.slug.as_str()).collect();
    assert_eq!(roles, ["member", "admin"]);
    assert!(listed.data.iter().all(|it| it.id.starts_with("om_")));
    assert_eq!(listed.data[0].user.email, "ada@example.com");
    assert!(listed.list_metadata.before.is_none() && listed.list_metadata.after.is_none());
    let alan = rig.tokens_for("alan@example.com").await;
    assert!(
        list(&rig, of(text(&alan, "/user/id")))
            .await
            .data
            .is_empty()
    );
}

#[tokio::test]
async fn somebody_of_two_organizations_signs_in_to_the_one_they_joined_first() {
    let rig = rig().await;
    let acme = rig.emulator.control().organization_id("Acme").unwrap();
    let globex = rig.emulator.control().organization_id("Globex").unwrap();
    let tokens = rig.tokens_for("ada@example.com").await;
    assert_eq!(text(&tokens, "/organization_id"), acme);
    let into = rig.authorize(&[("organization_id", Some(&globex))]).await;
    let code = crate::support::parameter(&into, "code").unwrap();
    let (_, tokens) = rig.exchange(&code).await;
    assert_eq!(text(&tokens, "/organization_id"), globex);
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    assert_eq!(claims["role"], "member");
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = text(&control.grant("alan@example.com").unwrap(), "/user/id").to_owned();
    let expected: Vec<String> = (0..12)
        .map(|number| format!("Organization {number}"))
        .collect();
    for name in &expected {
        let organization = control.create_organization(name);
        control
            .add_member("alan@example.com", &organization, "member")
            .unwrap();
    }
    let first = list(&rig, of(&id)).await;
    assert_eq!(first.data.len(), 10);
    let after = first.list_metadata.after.clone();
    assert!(after.is_some() && first.list_metadata.before.is_none());
    let second = list(&rig, ListOrganizationMembershipsParams { after, ..of(&id) }).await;
    assert!(second.list_metadata.after.is_none());
    let mut seen = [names(&first), names(&second)].concat();
    seen.reverse();
    assert_eq!(seen, expected);
    let before = second.list_metadata.before.clone();
    let back = list(
        &rig,
        ListOrganizationMembershipsParams {
            before,
            limit: Some(3),
            ..of(&id)
        },
    )
    .await;
    assert_eq!(names(&back), names(&first)[7..]);
}

#[tokio::test]
async fn the_members_of_an_organization_are_listed_too() {
    let rig = rig().await;
    let acme = rig.emulator.control().organization_id("Acme");
    let params = ListOrganizationMembershipsParams {
        organization_id: acme,
        ..ListOrganizationMembershipsParams::default()
    };
    let listed = list(&rig, params).await;
    let mut emails: Vec<_> = listed
        .data
        .iter()
        .map(|it| it.user.email.as_str())
        .collect();
    emails.sort_unstable();
    assert_eq!(emails, ["ada@example.com", "grace@example.com"]);
}

#[tokio::test]
async fn a_list_needs_the_key_and_sensible_parameters() {
    let rig = rig().await;
    let path = "/user_management/organization_memberships";
    let bare = rig
        .browser
        .get(rig.url(&format!("{path}?user_id=user_1")))
        .send();
    assert_eq!(bare.await.unwrap().status(), StatusCode::UNAUTHORIZED);
    for query in [
        "",
        "?user_id=user_1&limit=0",
        "?user_id=user_1&limit=101",
        "?user_id=user_1&order=up",
        "?user_id=user_1&after=om_1",
    ] {
        let request = rig.browser.get(rig.url(&format!("{path}{query}")));
        let answer = request
            .bearer_auth(rig.emulator.api_key())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "unprocessable_entity");
    }
}
