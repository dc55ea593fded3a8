//! `script/authkit sync-users`, as a process, against the emulator, on SQLite and on PostgreSQL.

use super::{
    command::{Said, run, run_for},
    postgres,
    support::{ADA, App},
    users::row,
};
use authkit_emulator::{Endpoint, Fault, UserUpdate};
use authkit_live::server::Store;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

const WRONG_KEY: &str = "sk_live_a_key_of_another_environment";

/// An empty database.
struct Database {
    variable: &'static str,
    value: String,
    _folder: Option<TempDir>,
}

async fn databases() -> [Database; 2] {
    let url = postgres::shared().await.database().await;
    [
        file(),
        Database {
            variable: "DATABASE_URL",
            value: url,
            _folder: None,
        },
    ]
}

fn file() -> Database {
    let folder = tempfile::tempdir().unwrap();
    Database {
        variable: "DATA_DIR",
        value: folder.path().to_str().unwrap().to_owned(),
        _folder: Some(folder),
    }
}

impl Database {
    async fn store(&self) -> Store {
        match self.variable {
            "DATA_DIR" => {
                let path = std::path::Path::new(&self.value).join("app.db");
                Store::sqlite(&path).await.unwrap()
            }
            _ => Store::postgres(&self.value).await.unwrap(),
        }
    }

    /// How many users have a row and are not deleted.
    async fn count(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM users WHERE deleted_at IS NULL")
            .await
    }

    async fn number(&self, query: &str) -> i64 {
        let store = self.store().await;
        let mut read = store.read().await.unwrap();
        sqlx::query_scalar(query)
            .fetch_one(&mut *read)
            .await
            .unwrap()
    }

    async fn text(&self, query: &str) -> String {
        let store = self.store().await;
        let mut read = store.read().await.unwrap();
        sqlx::query_scalar(query)
            .fetch_one(&mut *read)
            .await
            .unwrap()
    }

    async fn sync(&self, app: &App, options: &[&str], changes: &[(&str, &str)]) -> Said {
        let mut arguments = vec!["sync-users"];
        arguments.extend(options);
        let mut changes = changes.to_vec();
        changes.push((self.variable, &self.value));
        run_for(app, &arguments, &changes).await
    }

    /// A run that has to succeed. What it said last.
    async fn synced(&self, app: &App, options: &[&str]) -> String {
        let said = self.sync(app, options, &[]).await;
        assert_eq!(said.status, 0, "{said:?}");
        said.out.lines().last().unwrap().to_owned()
    }
}

/// An app with so many users at its emulator.
async fn app_with(users: usize) -> App {
    let app = App::start().await;
    app.control.add_users(users - 3);
    app
}

/// The next run is interrupted after this many pages.
fn interrupt_after(pages: u32, app: &App) {
    // An order to do nothing wrong.
    let well = Fault::default().times(pages);
    app.control.set_fault(Endpoint::ListUsers, well);
    let fault = Fault::status(500).times(1);
    app.control.set_fault(Endpoint::ListUsers, fault);
}

#[tokio::test]
async fn all_users_get_a_row_page_by_page_and_a_second_run_changes_nothing() {
    let app = app_with(250).await;
    let ada = app.control.user_id(ADA).unwrap();
    for database in databases().await {
        app.control.clear_faults();
        let calls = app.control.calls_of(Endpoint::ListUsers);
        let said = database.sync(&app, &[], &[]).await;
        assert_eq!(said.status, 0, "{said:?}");
        assert_eq!(
            said.out.lines().collect::<Vec<_>>(),
            [
                "page 1: 100 users so far",
                "page 2: 200 users so far",
                "page 3: 250 users so far",
                "250 users: 250 new, 0 changed, 0 unchanged; 0 deleted",
            ]
        );
        assert_eq!(app.control.calls_of(Endpoint::ListUsers), calls + 3);
        assert_eq!(database.count().await, 250);
        let row = row(&database.store().await, &ada).await.unwrap();
        assert_eq!(row.email.as_deref(), Some(ADA));
        assert!(row.updated_at > 0);
        assert_eq!(
            database.synced(&app, &[]).await,
            "250 users: 0 new, 0 changed, 250 unchanged; 0 deleted"
        );
        let change = UserUpdate {
            first_name: Some(format!("Ada {}", database.variable)),
            ..UserUpdate::default()
        };
        app.control.update_user(&ada, change).unwrap();
        assert_eq!(
            database.synced(&app, &[]).await,
            "250 users: 0 new, 1 changed, 249 unchanged; 0 deleted"
        );
        assert_eq!(database.number("SELECT COUNT(*) FROM users_walk").await, 0);
    }
}

#[tokio::test]
async fn a_run_that_was_interrupted_goes_on_where_it_was() {
    let app = app_with(249).await;
    for (database, all) in databases().await.into_iter().zip([250, 251]) {
        interrupt_after(1, &app);
        let said = database.sync(&app, &[], &[]).await;
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.err.contains("WorkOS answered HTTP 500"), "{said:?}");
        assert!(
            said.err.contains("100 users are up to date"),
            "{}",
            said.err
        );
        assert_eq!(database.count().await, 100);

        // Somebody who comes meanwhile is met too.
        app.control.add_users(1);
        let calls = app.control.calls_of(Endpoint::ListUsers);
        let said = database.sync(&app, &[], &[]).await;
        assert_eq!(
            said.out,
            format!(
                "going on after 100 users, where a run was interrupted\n\
                 page 1: 200 users so far\n\
                 page 2: {all} users so far\n\
                 {all} users: {all} new, 0 changed, 0 unchanged; 0 deleted\n"
            )
        );
        assert_eq!(app.control.calls_of(Endpoint::ListUsers), calls + 2);
    }
}

#[tokio::test]
async fn whoever_asks_for_it_begins_with_the_first_user_again() {
    let app = app_with(150).await;
    let database = file();
    interrupt_after(1, &app);
    assert_eq!(database.sync(&app, &[], &[]).await.status, 1);
    assert_eq!(
        database.synced(&app, &["--restart"]).await,
        "150 users: 50 new, 0 changed, 100 unchanged; 0 deleted"
    );
}

#[tokio::test]
async fn a_cursor_whose_user_was_deleted_means_to_begin_again() {
    let app = app_with(150).await;
    for database in databases().await {
        interrupt_after(1, &app);
        assert_eq!(database.sync(&app, &[], &[]).await.status, 1);
        let email = "SELECT email FROM users JOIN users_walk ON cursor = id";
        let email = database.text(email).await;
        app.control.delete_user(&email).unwrap();
        let said = database.sync(&app, &[], &[]).await;
        assert_eq!(said.status, 0, "{said:?}");
        assert!(
            said.out.contains("beginning with the first one again"),
            "{}",
            said.out
        );
        let end = " new, 0 changed, 99 unchanged; 1 deleted\n";
        assert!(said.out.ends_with(end), "{}", said.out);
        app.control.add_users(1);
    }
}

#[tokio::test]
async fn when_workos_asks_to_slow_down_it_waits() {
    let app = app_with(4).await;
    let database = file();
    let fault = Fault::status(429).retry_after(1).times(1);
    app.control.set_fault(Endpoint::ListUsers, fault);
    let said = database.sync(&app, &[], &[]).await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains("waiting for 1 s"), "{}", said.out);
    assert_eq!(database.count().await, 4);
}

#[tokio::test]
async fn who_is_gone_at_workos_is_erased_and_who_is_only_not_listed_is_not() {
    let app = app_with(5).await;
    let ada = app.control.user_id(ADA).unwrap();
    for (database, gone) in databases().await.into_iter().zip([1, 2]) {
        database.synced(&app, &[]).await;
        let email = format!("user-{}@example.com", gone + 3);
        let id = app.control.user_id(&email).unwrap();
        app.control.delete_user(&email).unwrap();
        // A list that was made before the others came.
        let list = json!({ "object": "list", "data": [], "list_metadata": {} });
        let fault = Fault::status(200).json(list).times(1);
        app.control.set_fault(Endpoint::ListUsers, fault);
        assert_eq!(
            database.synced(&app, &[]).await,
            "0 users: 0 new, 0 changed, 0 unchanged; 1 deleted"
        );
        let store = database.store().await;
        let erased = row(&store, &id).await.unwrap();
        assert_eq!((erased.email.as_deref(), erased.deleted), (None, 1));
        let kept = row(&store, &ada).await.unwrap();
        assert_eq!((kept.email.as_deref(), kept.deleted), (Some(ADA), 0));
        let left = 5 - gone;
        assert_eq!(
            database.synced(&app, &[]).await,
            format!("{left} users: 0 new, 0 changed, {left} unchanged; 0 deleted")
        );
        assert_eq!(row(&store, &id).await, Some(erased));
    }
}

#[tokio::test]
async fn a_fault_while_asking_for_one_user_erases_nobody() {
    let app = app_with(4).await;
    let database = file();
    database.synced(&app, &[]).await;
    app.control.delete_user("user-4@example.com").unwrap();
    // A gateway's 404 is not WorkOS's.
    let gateway = Fault::status(404).html("<h1>Not found</h1>");
    for fault in [gateway, Fault::status(503), Fault::reset()] {
        app.control.clear_faults();
        app.control.set_fault(Endpoint::Users, fault);
        let said = database.sync(&app, &["--force"], &[]).await;
        assert_eq!(said.status, 1, "{said:?}");
        assert_eq!(database.count().await, 4);
    }
    app.control.clear_faults();
    assert_eq!(
        database.synced(&app, &[]).await,
        "3 users: 0 new, 0 changed, 3 unchanged; 1 deleted"
    );
    assert_eq!(database.count().await, 3);
}

#[tokio::test]
async fn users_of_another_environment_are_left_alone_unless_forced() {
    let (first, second) = (app_with(6).await, app_with(8).await);
    for database in databases().await {
        database.synced(&first, &[]).await;
        for _ in 0..2 {
            let said = database.sync(&second, &[], &[]).await;
            assert_eq!(said.status, 1, "{said:?}");
            assert!(
                said.err.contains("WorkOS knows none of the 5 users"),
                "{}",
                said.err
            );
            assert_eq!(database.count().await, 6);
        }
        assert_eq!(
            database.synced(&second, &["--force"]).await,
            "8 users: 8 new, 0 changed, 0 unchanged; 6 deleted"
        );
    }
}

#[tokio::test]
async fn each_obstacle_is_explained_and_the_key_is_never_shown() {
    let app = app_with(4).await;
    let database = file();
    for (fault, changes, sentence) in [
        (
            None,
            vec![("WORKOS_API_KEY", WRONG_KEY)],
            "does not know the live key",
        ),
        (
            Some(Fault::status(403).json(json!({ "code": "forbidden", "message": "no" }))),
            vec![],
            "is not authorised to read users",
        ),
        (
            Some(Fault::status(502).html("<h1>Bad gateway</h1>")),
            vec![],
            "answered HTTP 502",
        ),
        (Some(Fault::reset()), vec![], "can't be reached"),
        (
            Some(Fault::status(200).json(json!({ "hello": "world" }))),
            vec![],
            "not as WorkOS does",
        ),
    ] {
        app.control.clear_faults();
        if let Some(fault) = fault {
            app.control.set_fault(Endpoint::ListUsers, fault);
        }
        let said = database.sync(&app, &[], &changes).await;
        assert_eq!(said.status, 1, "{sentence} {said:?}");
        assert!(said.err.contains(sentence), "{sentence}: {}", said.err);
        assert!(said.err.contains("run sync-users again"), "{}", said.err);
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains(WRONG_KEY) && !all.contains("sk_test_emulator"));
        assert_eq!(database.count().await, 0);
    }
}

#[tokio::test]
async fn machines_read_an_object_per_line() {
    let app = app_with(150).await;
    let database = file();
    let objects = |said: &Said| -> Vec<Value> {
        let lines = said.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    interrupt_after(1, &app);
    let said = database.sync(&app, &["--json"], &[]).await;
    assert_eq!(said.status, 1);
    let [page, stopped] = objects(&said).try_into().unwrap();
    assert_eq!(page, json!({ "event": "page", "page": 1, "users": 100 }));
    assert_eq!(stopped["event"], "stopped");
    assert_eq!(stopped["users"], 100);
    assert!(stopped["fix"].is_string());
    let said = database.sync(&app, &["--json"], &[]).await;
    let expected = [
        json!({ "event": "resumed", "users": 100 }),
        json!({ "event": "page", "page": 1, "users": 150 }),
        json!({
            "event": "done", "users": 150, "new": 150, "changed": 0, "unchanged": 0, "deleted": 0,
        }),
    ];
    assert_eq!(objects(&said), expected);
}

#[tokio::test]
async fn without_variables_the_authkit_of_this_machine_is_asked_if_it_runs() {
    let app = app_with(4).await;
    let database = file();
    let addr = format!("127.0.0.1:{}", app.emulator_origin.port().unwrap());
    let variables = [
        ("EMULATOR_ADDR", addr.as_str()),
        ("DATA_DIR", &database.value),
    ];
    let said = run(&["sync-users"], &variables, "").await;
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(database.count().await, 4);

    let variables = [
        ("EMULATOR_ADDR", "127.0.0.1:1"),
        ("DATA_DIR", &database.value),
    ];
    let said = run(&["sync-users"], &variables, "").await;
    assert_eq!(said.status, 2);
    assert!(said.err.contains("start the server first"), "{}", said.err);
    let said = run(&["sync-users"], &[("WORKOS_CLIENT_ID", "client_1")], "").await;
    assert_eq!(said.status, 2);
    assert!(said.err.contains("WORKOS_API_KEY"), "{}", said.err);
}

#[tokio::test]
async fn what_it_brings_is_seen_by_a_server_that_runs() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let json = [("accept", "application/json")];
    let form = [("value", "1")];
    ada.send(Method::POST, "/api/add_number", &json, Some(&form))
        .await;
    let id = app.control.user_id(ADA).unwrap();
    let change = UserUpdate {
        last_name: Some("King".to_owned()),
        ..UserUpdate::default()
    };
    app.control.update_user(&id, change).unwrap();
    let folder = app.data().to_str().unwrap().to_owned();
    let said = run_for(&app, &["sync-users"], &[("DATA_DIR", &folder)]).await;
    assert_eq!(said.status, 0, "{said:?}");
    let list = ada.get_with("/api/list_numbers", &json).await;
    assert!(list.body.contains("Ada King"), "{}", list.body);
}
