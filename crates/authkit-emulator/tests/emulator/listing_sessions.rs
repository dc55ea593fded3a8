//! `GET /user_management/users/{id}/sessions`: as the SDK reads it, page by page, and what is refused.

use reqwest::StatusCode;
use serde_json::Value;
use workos::models::UserSessionsListItem;
use workos::pagination::Page;
use workos::user_management::ListSessionsParams;
use workos::{Client, PaginationOrder, UserSessionsAuthMethod, UserSessionsStatus};

use crate::support::emulator::Impersonator;
use crate::support::{Rig, rig, text};

const ADA: &str = "ada@example.com";

async fn list(rig: &Rig, id: &str, params: ListSessionsParams) -> Page<UserSessionsListItem> {
    let client = Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .build();
    let listed = client.user_management().list_sessions(id, params).await;
    listed.unwrap()
}

fn ids(page: &Page<UserSessionsListItem>) -> Vec<String> {
    page.data.iter().map(|it| it.id.clone()).collect()
}

#[tokio::test]
async fn the_sdk_reads_the_sessions_of_one_user() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = control.grant(ADA).unwrap();
    control.grant("alan@example.com").unwrap();
    let id = text(&tokens, "/user/id");
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    let page = list(&rig, id, ListSessionsParams::default()).await;
    let [session] = &page.data[..] else {
        panic!("{page:?}")
    };
    assert_eq!(session.object, "session");
    assert_eq!(session.id, text(&claims, "/sid"));
    assert_eq!(session.user_id, id);
    assert_eq!(
        session.organization_id.as_deref(),
        tokens["organization_id"].as_str()
    );
    assert_eq!(session.auth_method, UserSessionsAuthMethod::Password);
    assert_eq!(session.status, UserSessionsStatus::Active);
    assert!(session.impersonator.is_none() && session.ended_at.is_none());
}

#[tokio::test]
async fn a_session_that_has_ended_is_listed_no_longer() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = text(&control.grant(ADA).unwrap(), "/user/id").to_owned();
    control.grant(ADA).unwrap();
    let all = ids(&list(&rig, &id, ListSessionsParams::default()).await);
    assert_eq!(all.len(), 2);
    assert!(control.end_session(&all[0]));
    let left = list(&rig, &id, ListSessionsParams::default()).await;
    assert_eq!(ids(&left), all[1..]);
}

#[tokio::test]
async fn an_impersonation_names_who_acts_and_is_over_after_an_hour() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let who = Impersonator {
        email: "support@example.com".to_owned(),
        reason: Some("a ticket".to_owned()),
    };
    let url = control.impersonate(ADA, who, None).unwrap();
    let code = url.split_once("code=").unwrap().1;
    let body = serde_json::json!({ "grant_type": "authorization_code", "code": code });
    let (status, tokens) = rig.authenticate(body).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let id = text(&tokens, "/user/id");
    let page = list(&rig, id, ListSessionsParams::default()).await;
    let impersonator = page.data[0].impersonator.as_ref().unwrap();
    assert_eq!(impersonator.email, "support@example.com");
    assert_eq!(impersonator.reason.as_deref(), Some("a ticket"));
    control.set_clock_offset(3_601);
    let page = list(&rig, id, ListSessionsParams::default()).await;
    assert!(page.data.is_empty(), "{page:?}");
}

#[tokio::test]
async fn many_sessions_come_in_pages_the_newest_first() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let mut id = String::new();
    for _ in 0..12 {
        id = text(&control.grant(ADA).unwrap(), "/user/id").to_owned();
    }
    let first = list(&rig, &id, ListSessionsParams::default()).await;
    assert_eq!(first.data.len(), 10);
    let after = first.list_metadata.after.clone();
    assert!(after.is_some());
    let next = ListSessionsParams {
        after,
        ..ListSessionsParams::default()
    };
    let second = list(&rig, &id, next).await;
    assert!(second.list_metadata.after.is_none());
    let oldest_first = ListSessionsParams {
        limit: Some(100),
        order: Some(PaginationOrder::Asc),
        ..ListSessionsParams::default()
    };
    let mut all = ids(&list(&rig, &id, oldest_first).await);
    all.reverse();
    assert_eq!([ids(&first), ids(&second)].concat(), all);
}

#[tokio::test]
async fn a_list_of_sessions_needs_the_key_a_user_and_parameters_that_there_are() {
    let rig = rig().await;
    let tokens = rig.emulator.control().grant(ADA).unwrap();
    let path = format!(
        "/user_management/users/{}/sessions",
        text(&tokens, "/user/id")
    );
    let bare = rig.browser.get(rig.url(&path)).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    let ask = async |path: String| {
        let request = rig.browser.get(rig.url(&path));
        let answer = request.bearer_auth(rig.emulator.api_key()).send().await;
        let answer = answer.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    for query in [
        "limit=101",
        "order=normal",
        "after=session_1",
        "status=revoked",
    ] {
        let (status, body) = ask(format!("{path}?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query} {body}");
    }
    let (status, body) = ask("/user_management/users/user_1/sessions".to_owned()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["code"], "entity_not_found");
}
