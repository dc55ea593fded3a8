//! `GET /events`: as the SDK reads it, page by page, and what is refused.

use reqwest::StatusCode;
use serde_json::Value;
use workos::events::ListEventsParams;
use workos::models::EventList;
use workos::{Client, CreateWebhookEndpointEvents, PaginationOrder};

use crate::receiver::Receiver;
use crate::support::{Rig, rig, text};

const ADA: &str = "ada@example.com";

fn of(names: &[&str]) -> ListEventsParams {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    ListEventsParams {
        order: Some(PaginationOrder::Asc),
        ..ListEventsParams::new(names)
    }
}

async fn list(rig: &Rig, params: ListEventsParams) -> EventList {
    let client = Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .build();
    client.events().list_events(params).await.unwrap()
}

fn names(list: &EventList) -> Vec<&str> {
    list.data.iter().map(|it| it.event.as_str()).collect()
}

fn ids(list: &EventList) -> Vec<String> {
    list.data.iter().map(|it| it.id.clone()).collect()
}

#[tokio::test]
async fn what_happened_is_listed_in_order_and_only_what_was_asked_for() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = control.grant(ADA).unwrap();
    control.end_sessions_of(ADA).unwrap();
    control.delete_user(ADA).unwrap();
    let all = list(
        &rig,
        of(&["session.created", "session.revoked", "user.deleted"]),
    );
    let all = all.await;
    assert_eq!(
        names(&all),
        ["session.created", "session.revoked", "user.deleted"]
    );
    assert_eq!(
        all.data[0].data["user_id"].as_str().unwrap(),
        text(&tokens, "/user/id")
    );
    assert_eq!(all.data[2].data["email"].as_str(), Some(ADA));
    let revoked = list(&rig, of(&["session.revoked"])).await;
    assert_eq!(names(&revoked), ["session.revoked"]);
    let newest_first = ListEventsParams {
        order: None,
        ..of(&["session.created", "session.revoked"])
    };
    let newest_first = list(&rig, newest_first).await;
    assert_eq!(names(&newest_first), ["session.revoked", "session.created"]);
}

#[tokio::test]
async fn an_event_has_the_same_id_in_the_list_and_in_the_webhook() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let receiver = Receiver::start().await;
    control.set_webhook(Some(receiver.webhook()));
    control.hold_webhooks();
    control.grant(ADA).unwrap();
    let held = control.held_webhooks();
    let listed = list(&rig, of(&["session.created"])).await;
    assert_eq!(ids(&listed), [held[0].id.clone()]);
    let body: Value = serde_json::from_str(&held[0].body).unwrap();
    assert_eq!(serde_json::to_value(&listed.data[0]).unwrap(), body);
}

#[tokio::test]
async fn many_events_come_in_pages_and_a_cursor_leads_on_to_what_happens_later() {
    let rig = rig().await;
    let control = rig.emulator.control();
    for _ in 0..12 {
        control.grant(ADA).unwrap();
    }
    let created = || of(&["session.created"]);
    let first = list(&rig, created()).await;
    assert_eq!(first.data.len(), 10);
    let after = first.list_metadata.after.clone();
    assert_eq!(after.as_ref(), ids(&first).last());
    let second = list(&rig, ListEventsParams { after, ..created() }).await;
    assert_eq!(second.data.len(), 2);
    assert!(second.list_metadata.after.is_none());
    let after = ids(&second).last().cloned();
    let later = || ListEventsParams {
        after: after.clone(),
        ..created()
    };
    assert!(list(&rig, later()).await.data.is_empty());
    control.grant(ADA).unwrap();
    assert_eq!(list(&rig, later()).await.data.len(), 1);
}

#[tokio::test]
async fn a_range_of_time_is_kept_to_and_events_are_listed_for_thirty_days() {
    let rig = rig().await;
    let control = rig.emulator.control();
    control.grant(ADA).unwrap();
    control.set_clock_offset(3_600);
    control.grant(ADA).unwrap();
    let all = list(&rig, of(&["session.created"])).await;
    let [early, late] = &all.data[..] else {
        panic!("{all:?}")
    };
    let since = ListEventsParams {
        range_start: Some(late.created_at.clone()),
        ..of(&["session.created"])
    };
    assert_eq!(ids(&list(&rig, since).await), [late.id.as_str()]);
    let until = ListEventsParams {
        range_end: Some(late.created_at.clone()),
        ..of(&["session.created"])
    };
    assert_eq!(ids(&list(&rig, until).await), [early.id.as_str()]);
    control.set_clock_offset(30 * 24 * 3_600 + 1_800);
    let left = list(&rig, of(&["session.created"])).await;
    assert_eq!(ids(&left), [late.id.as_str()]);
    control.reset().await.unwrap();
    let left = list(&rig, of(&["session.created"])).await;
    assert!(left.data.is_empty());
}

#[tokio::test]
async fn a_list_of_events_needs_the_key_names_and_parameters_that_there_are() {
    let rig = rig().await;
    let bare = rig.browser.get(rig.url("/events?events=user.created"));
    let bare = bare.send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    let ask = async |query: &str| {
        let request = rig.browser.get(rig.url(&format!("/events{query}")));
        let answer = request.bearer_auth(rig.emulator.api_key()).send().await;
        answer.unwrap().status()
    };
    for refused in [
        "",
        "?events=",
        "?events=user.createt",
        "?events=user.created,nothing",
        "?events=user.created&limit=0",
        "?events=user.created&after=event_1",
        "?events=user.created&organization_id=org_1",
        "?events=user.created&range_start=yesterday",
        "?events=user.created&range_start=2026-01-01T00:00:00Z&after=event_1",
        "?events=user.created&range_start=2026-01-02T00:00:00Z&range_end=2026-01-01T00:00:00Z",
    ] {
        assert_eq!(
            ask(refused).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{refused}"
        );
    }
    for accepted in [
        "?events=user.created,dsync.user.created",
        "?events[]=user.created&events[]=user.deleted",
        "?events=user.created&range_start=2026-01-01T00:00:00.000Z",
    ] {
        assert_eq!(ask(accepted).await, StatusCode::OK, "{accepted}");
    }
}

#[tokio::test]
async fn every_name_that_the_sdk_knows_is_known_here() {
    let names = include_str!("../../src/api/event_names.rs");
    let names = names.lines().filter_map(|line| {
        let name = line.trim().strip_prefix('"')?;
        name.strip_suffix("\",")
    });
    let mut count = 0;
    for name in names {
        let known: CreateWebhookEndpointEvents = name.parse().unwrap();
        assert!(
            !matches!(known, CreateWebhookEndpointEvents::Unknown(_)),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 90, "{count}");
}
