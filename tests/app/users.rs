//! The rows of users, on SQLite and on PostgreSQL: made at the first sign-in and kept current by webhooks,
//! whatever the order in which these come.

use super::{
    postgres::{self, Postgres},
    revocation::{self, SECRET, deliver, signature, with_webhooks},
    support::{ADA, ALAN, App, Browser, Log},
};
use authkit_app::DatabaseSettings;
use authkit_emulator::{NewUser, UserUpdate};
use authkit_leptos::{
    User,
    server::{UserEvent, UserSnapshot},
};
use authkit_live::server::Store;
use authkit_users::follow;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use starter::users::keep;
use std::time::Duration;

const JSON: (&str, &str) = ("accept", "application/json");

/// A server that is told what happens, and its database.
struct Rig {
    app: App,
    store: Store,
}

/// One on each of the databases.
async fn rigs() -> [Rig; 2] {
    let url = postgres::shared().await.database().await;
    [sqlite().await, on_postgres(&url).await]
}

async fn sqlite() -> Rig {
    let app = App::start_with_webhooks().await;
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    Rig { app, store }
}

async fn on_postgres(url: &str) -> Rig {
    let database = DatabaseSettings::Postgres(url.to_owned().into());
    let app = App::start_on_with_webhooks(database).await;
    let store = Store::postgres(url).await.unwrap();
    Rig { app, store }
}

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_picture_url: Option<String>,
    pub updated_at: i64,
    pub deleted: i64,
}

impl Row {
    /// That of somebody who was deleted.
    fn deleted() -> Self {
        Self {
            deleted: 1,
            ..Self::default()
        }
    }
}

pub async fn row(store: &Store, id: &str) -> Option<Row> {
    let mut read = store.read().await.unwrap();
    sqlx::query_as(
        "SELECT email, first_name, last_name, profile_picture_url, updated_at, \
                CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END * CAST(1 AS BIGINT) AS deleted \
         FROM users WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *read)
    .await
    .unwrap()
}

/// How often anything that is shown of users has changed, counted from some number.
async fn shown_changes(store: &Store) -> Option<i64> {
    let mut read = store.read().await.unwrap();
    sqlx::query_scalar("SELECT number FROM live_topic WHERE topic = 'users'")
        .fetch_optional(&mut *read)
        .await
        .unwrap()
}

async fn execute(store: &Store, statement: &str) {
    let mut write = store.write().await.unwrap();
    sqlx::query(statement).execute(&mut *write).await.unwrap();
    write.commit().await.unwrap();
}

fn milliseconds(time: &Value) -> i64 {
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    time.as_millisecond()
}

/// A change of names.
fn named(first: &str, last: &str) -> UserUpdate {
    UserUpdate {
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        ..UserUpdate::default()
    }
}

/// Sends a held event, and waits for the answer to it.
async fn send(app: &App, id: &str) -> Option<u16> {
    let before = app.control.webhook_deliveries().len();
    app.control.send_held_webhook(id).unwrap();
    loop {
        let mut deliveries = app.control.webhook_deliveries().into_iter().skip(before);
        if let Some(delivery) = deliveries.find(|it| it.id == id) {
            return delivery.status;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The ids of the events that are held.
fn held(app: &App) -> Vec<String> {
    let held = app.control.held_webhooks();
    held.into_iter().map(|event| event.id).collect()
}

/// Waits until no event is on its way.
async fn all_told(app: &App, count: usize) {
    while app.control.webhook_deliveries().len() < count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn add(browser: &mut Browser, value: &str) -> StatusCode {
    let form = [("value", value)];
    let path = "/api/add_number";
    let answer = browser.send(Method::POST, path, &[JSON], Some(&form)).await;
    answer.status
}

/// Who added the latest numbers, as the API says.
async fn adders(browser: &mut Browser) -> Vec<Value> {
    let answer = browser.get_with("/api/list_numbers", &[JSON]).await;
    let body: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
    body.iter().map(|it| it["added_by"].clone()).collect()
}

#[tokio::test]
async fn somebody_who_signs_in_has_a_row_as_workos_describes_them() {
    for Rig { app, store } in rigs().await {
        app.control.set_webhook(None);
        let id = app.control.user_id(ADA).unwrap();
        let told = app.control.update_user(&id, named("Ada", "King")).unwrap();
        assert_eq!(row(&store, &id).await, None);
        app.signed_in(ADA).await;
        let expected = Row {
            email: Some(ADA.to_owned()),
            first_name: Some("Ada".to_owned()),
            last_name: Some("King".to_owned()),
            updated_at: milliseconds(&told["updated_at"]),
            ..Row::default()
        };
        assert_eq!(row(&store, &id).await, Some(expected));
        // What no webhook has told, the next sign-in does.
        let told = app.control.update_user(&id, named("Ada", "")).unwrap();
        app.signed_in(ADA).await;
        let row = row(&store, &id).await.unwrap();
        assert_eq!(row.last_name, None);
        assert_eq!(row.updated_at, milliseconds(&told["updated_at"]));
    }
}

#[tokio::test]
async fn a_sign_in_that_can_not_be_noted_goes_on_and_is_logged_once() {
    for Rig { app, store } in rigs().await {
        app.control.set_webhook(None);
        let id = app.control.user_id(ADA).unwrap();
        execute(&store, "ALTER TABLE users RENAME TO users_away").await;
        let (log, guard) = Log::capture("warn");
        let mut ada = app.signed_in(ADA).await;
        drop(guard);
        let log = log.text();
        assert_eq!(log.matches("user_not_taken").count(), 1, "{log}");
        assert!(!log.contains(ADA), "{log}");
        execute(&store, "ALTER TABLE users_away RENAME TO users").await;
        assert_eq!(row(&store, &id).await, None);
        assert_eq!(add(&mut ada, "1").await, StatusCode::OK);
        let row = row(&store, &id).await.unwrap();
        assert_eq!(
            (row.email.as_deref(), row.updated_at),
            (Some(ADA), 0),
            "by what the session says, so that any news is newer"
        );
    }
}

#[tokio::test]
async fn a_sign_in_does_not_wait_for_a_table_that_is_locked() {
    let url = postgres::shared().await.database().await;
    let Rig { app, store } = on_postgres(&url).await;
    app.control.set_webhook(None);
    let id = app.control.user_id(ADA).unwrap();
    let mut lock = store.write().await.unwrap();
    sqlx::query("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let mut ada = app.signed_in(ADA).await;
    assert!(ada.is_signed_in().await);
    drop(lock);
    // It is noted nevertheless.
    while row(&store, &id).await.is_none() {}
}

#[tokio::test]
async fn webhooks_in_any_order_and_twice_end_in_the_same_row() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for Rig { app, store } in rigs().await {
        for order in orders {
            app.control.hold_webhooks();
            let new = NewUser {
                email: "mary@example.com".to_owned(),
                first_name: Some("Mary".to_owned()),
                ..NewUser::default()
            };
            let id = app.control.create_user(new).await.unwrap().id;
            app.control.update_user(&id, named("May", "S")).unwrap();
            let told = app.control.update_user(&id, named("Mary", "Somerville"));
            let updated = Row {
                email: Some("mary@example.com".to_owned()),
                first_name: Some("Mary".to_owned()),
                last_name: Some("Somerville".to_owned()),
                updated_at: milliseconds(&told.unwrap()["updated_at"]),
                ..Row::default()
            };
            let events = held(&app);
            assert_eq!(events.len(), 3);
            for event in order.map(|place| &events[place]) {
                assert_eq!(send(&app, event).await, Some(200));
            }
            assert_eq!(row(&store, &id).await, Some(updated), "{order:?}");
            let before = shown_changes(&store).await;
            for event in &events {
                assert_eq!(send(&app, event).await, Some(200), "a replay");
            }
            assert_eq!(shown_changes(&store).await, before);
            app.control.lose_webhooks();
            let listed = app.control.webhook_deliveries().len();
            app.control.delete_user("mary@example.com").unwrap();
            all_told(&app, listed + 1).await;
            assert_eq!(row(&store, &id).await, Some(Row::deleted()));

            // The same with the deletion in their midst.
            app.control.hold_webhooks();
            let new = NewUser {
                email: "annie@example.com".to_owned(),
                ..NewUser::default()
            };
            let id = app.control.create_user(new).await.unwrap().id;
            app.control.update_user(&id, named("Annie", "E")).unwrap();
            app.control.delete_user("annie@example.com").unwrap();
            let events = held(&app);
            assert_eq!(events.len(), 3);
            for event in order.map(|place| &events[place]).into_iter().chain(&events) {
                assert_eq!(send(&app, event).await, Some(200));
            }
            assert_eq!(row(&store, &id).await, Some(Row::deleted()), "{order:?}");
            app.control.lose_webhooks();
        }
    }
}

#[tokio::test]
async fn news_in_random_orders_from_everywhere_end_in_the_latest_or_in_deletion() {
    let mut random = SmallRng::seed_from_u64(5);
    for Rig { app: _app, store } in rigs().await {
        for case in 0..60 {
            let id = format!("user_{case}");
            let snapshot = |updated_at: i64| UserSnapshot {
                user: User {
                    id: id.clone(),
                    email: format!("{updated_at}@example.com"),
                    email_verified: true,
                    first_name: Some(format!("name {}", updated_at % 3)),
                    last_name: None,
                    profile_picture_url: (updated_at % 2 == 0).then(|| "https://p".to_owned()),
                },
                updated_at,
            };
            let last = random.random_range(2..7);
            let mut events: Vec<_> = (1..=last)
                .map(|at| match at % 3 {
                    0 => UserEvent::SignedIn(snapshot(at)),
                    1 => UserEvent::Created(snapshot(at)),
                    _ => UserEvent::Updated(snapshot(at)),
                })
                .collect();
            let is_deleted = random.random_bool(0.5);
            if is_deleted {
                let user_id = id.clone();
                events.push(UserEvent::Deleted { user_id });
            }
            for _ in 0..random.random_range(0..4) {
                events.push(events[random.random_range(0..events.len())].clone());
            }
            events.shuffle(&mut random);
            // Some at the same time, as several processes would.
            let at_once = events.iter().map(|event| follow(event.clone(), &store));
            if random.random_bool(0.5) {
                let done = futures_util::future::join_all(at_once).await;
                assert!(done.into_iter().all(|done| done.is_ok()));
            } else {
                for event in at_once {
                    event.await.unwrap();
                }
            }
            let latest = snapshot(last);
            let expected = match is_deleted {
                true => Row::deleted(),
                false => Row {
                    email: Some(latest.user.email),
                    first_name: latest.user.first_name,
                    last_name: None,
                    profile_picture_url: latest.user.profile_picture_url,
                    updated_at: last,
                    deleted: 0,
                },
            };
            assert_eq!(row(&store, &id).await, Some(expected), "{events:?}");
        }
    }
}

#[tokio::test]
async fn a_text_that_postgresql_does_not_keep_is_kept_without_it() {
    for Rig { app: _app, store } in rigs().await {
        let snapshot = UserSnapshot {
            user: User {
                id: "user_1".to_owned(),
                email: "a@b.c".to_owned(),
                email_verified: true,
                first_name: Some("A\0da".to_owned()),
                last_name: None,
                profile_picture_url: None,
            },
            updated_at: 1,
        };
        let mut write = store.write().await.unwrap();
        keep(&snapshot, &mut write).await.unwrap();
        write.commit().await.unwrap();
        let row = row(&store, "user_1").await.unwrap();
        assert_eq!(row.first_name.as_deref(), Some("Ada"));
    }
}

#[tokio::test]
async fn a_changed_name_shows_in_the_list_and_what_nobody_sees_changes_no_page() {
    for Rig { app, store } in rigs().await {
        let (mut ada, mut alan) = (app.signed_in(ADA).await, app.signed_in(ALAN).await);
        assert_eq!(add(&mut ada, "1").await, StatusCode::OK);
        let id = app.control.user_id(ADA).unwrap();
        // First comes what is told of their sessions.
        let told = 2;
        all_told(&app, told).await;
        let before = shown_changes(&store).await;
        let address = UserUpdate {
            email: Some("countess@example.com".to_owned()),
            ..UserUpdate::default()
        };
        app.control.update_user(&id, address).unwrap();
        all_told(&app, told + 1).await;
        let email = row(&store, &id).await.unwrap().email;
        assert_eq!(email.as_deref(), Some("countess@example.com"));
        assert_eq!(shown_changes(&store).await, before);
        app.control.update_user(&id, named("Ada", "King")).unwrap();
        all_told(&app, told + 2).await;
        assert_ne!(shown_changes(&store).await, before);
        assert_eq!(adders(&mut alan).await[0]["name"], "Ada King");
    }
}

#[tokio::test]
async fn of_a_deleted_user_only_what_they_added_stays_and_nothing_brings_them_back() {
    for Rig { app, store } in rigs().await {
        let (mut ada, mut alan) = (app.signed_in(ADA).await, app.signed_in(ALAN).await);
        assert_eq!(add(&mut ada, "1").await, StatusCode::OK);
        let id = app.control.user_id(ADA).unwrap();
        let before = shown_changes(&store).await;
        app.control.delete_user(ADA).unwrap();
        while row(&store, &id).await != Some(Row::deleted()) {}
        assert_ne!(shown_changes(&store).await, before);
        let shown = json!([{ "id": id, "name": null, "picture": null }]);
        assert_eq!(json!(adders(&mut alan).await), shown);
        // An answer to a sign-in that comes late.
        let late = UserSnapshot {
            user: User {
                id: id.clone(),
                email: ADA.to_owned(),
                email_verified: true,
                first_name: Some("Ada".to_owned()),
                last_name: None,
                profile_picture_url: None,
            },
            updated_at: i64::MAX,
        };
        follow(UserEvent::SignedIn(late), &store).await.unwrap();
        assert_eq!(row(&store, &id).await, Some(Row::deleted()));
        assert_eq!(json!(adders(&mut alan).await), shown);
    }
}

#[tokio::test]
async fn a_webhook_is_answered_503_while_the_database_is_down_and_200_once_it_is_stored() {
    let mut postgres = Postgres::start().await;
    let Rig { app, store } = on_postgres(&postgres.database().await).await;
    app.signed_in(ADA).await;
    let id = app.control.user_id(ADA).unwrap();
    app.control.hold_webhooks();
    app.control.update_user(&id, named("Ada", "King")).unwrap();
    app.control.delete_user(ALAN).unwrap();
    let [renamed, deleted] = held(&app).try_into().unwrap();
    postgres.stop().await;
    assert_eq!(send(&app, &renamed).await, Some(503));
    assert_eq!(send(&app, &deleted).await, Some(503));
    postgres.start_again().await;
    for event in [&renamed, &deleted] {
        while send(&app, event).await != Some(200) {}
    }
    let row = row(&store, &id).await.unwrap();
    assert_eq!(row.last_name.as_deref(), Some("King"));
}

#[tokio::test]
async fn a_webhook_is_answered_503_while_somebody_else_writes_to_the_file() {
    let Rig { app, store } = sqlite().await;
    let id = app.control.user_id(ADA).unwrap();
    app.control.hold_webhooks();
    app.control.update_user(&id, named("Ada", "King")).unwrap();
    let [renamed] = held(&app).try_into().unwrap();
    let lock = store.write().await.unwrap();
    assert_eq!(send(&app, &renamed).await, Some(503));
    drop(lock);
    while send(&app, &renamed).await != Some(200) {}
    let row = row(&store, &id).await.unwrap();
    assert_eq!(row.last_name.as_deref(), Some("King"));
}

#[tokio::test]
async fn a_webhook_about_a_user_that_is_not_signed_by_workos_changes_nothing() {
    let (_host, app) = with_webhooks().await;
    app.signed_in(ADA).await;
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    let id = app.control.user_id(ADA).unwrap();
    let before = row(&store, &id).await;
    let now = app.clock.now() * 1000;
    let user = json!({
        "id": id, "email": "eve@example.com", "first_name": "Eve", "last_name": null,
        "updated_at": "2099-01-01T00:00:00.000Z",
    });
    for event in ["user.created", "user.updated", "user.deleted"] {
        let body = json!({"id": "event_1", "event": event, "data": user}).to_string();
        let good = signature(SECRET, now, &body);
        for (name, signature, body) in [
            ("unsigned", None, body.clone()),
            ("forged", Some(signature("other", now, &body)), body.clone()),
            (
                "of another body",
                Some(good.clone()),
                body.replace("Eve", "Mallory"),
            ),
            (
                "stale",
                Some(signature(SECRET, now - 181_000, &body)),
                body.clone(),
            ),
            (
                "of the future",
                Some(signature(SECRET, now + 240_000, &body)),
                body.clone(),
            ),
        ] {
            let status = deliver(&app, signature.as_deref(), body).await;
            assert_eq!(status, 400, "{event} {name}");
            assert_eq!(row(&store, &id).await, before, "{event} {name}");
        }
    }
    assert_eq!(revocation::send(&app, "user.updated", user).await, 200);
    let row = row(&store, &id).await.unwrap();
    assert_eq!(row.first_name.as_deref(), Some("Eve"), "the good one");
}

#[tokio::test]
async fn a_user_that_is_not_of_the_expected_shape_is_passed_over_and_logged() {
    let (_host, app) = with_webhooks().await;
    app.signed_in(ADA).await;
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    let id = app.control.user_id(ADA).unwrap();
    let before = row(&store, &id).await;
    let (log, _guard) = Log::capture("warn");
    for data in [
        json!({}),
        json!(null),
        json!([id]),
        json!({ "id": id }),
        json!({ "id": id, "email": "e@example.com", "updated_at": "yesterday" }),
        json!({ "id": id, "email": "e@example.com", "updated_at": 7 }),
        json!({ "id": id, "email": null, "updated_at": "2099-01-01T00:00:00Z" }),
        json!({ "id": 7, "email": "e@example.com", "updated_at": "2099-01-01T00:00:00Z" }),
    ] {
        let status = revocation::send(&app, "user.updated", data.clone()).await;
        assert_eq!(status, 200, "{data}");
        assert_eq!(row(&store, &id).await, before, "{data}");
    }
    let log = log.text();
    assert_eq!(log.matches("webhook_data").count(), 8, "{log}");
    assert!(!log.contains("e@example.com"), "{log}");
}
