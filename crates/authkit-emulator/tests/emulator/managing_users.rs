//! `/user_management/users`, as the SDK lists, creates, updates and deletes people, and what the app is
//! told of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use workos::models::{User, UserList};
use workos::user_management::{
    CreateUserParams, CreateUserParamsBody, ListUsersParams, Password, UpdateUserParams,
    UpdateUserParamsBody,
};
use workos::{Client, PaginationOrder};

use crate::receiver::Receiver;
use crate::support::emulator::{Endpoint, Fault, NewUser, UserUpdate};
use crate::support::{Rig, parameter, rig, text};

const USERS: &str = "/user_management/users";

fn client(rig: &Rig) -> Client {
    Client::builder()
        .api_key(rig.emulator.api_key())
        .client_id(rig.emulator.client_id())
        .base_url(rig.emulator.base_url())
        .max_retries(0)
        .build()
}

async fn list(rig: &Rig, params: ListUsersParams) -> UserList {
    let listed = client(rig).user_management().list_users(params).await;
    listed.unwrap()
}

fn page_after(after: Option<String>, order: PaginationOrder) -> ListUsersParams {
    ListUsersParams {
        after,
        limit: Some(4),
        order: Some(order),
        ..ListUsersParams::default()
    }
}

fn emails(list: &UserList) -> Vec<&str> {
    list.data.iter().map(|user| user.email.as_str()).collect()
}

fn status(error: workos::Error) -> (u16, Option<String>) {
    match error {
        workos::Error::Api(error) => (error.status, error.code),
        other => panic!("no answer of the API: {other}"),
    }
}

/// A request with the API key.
async fn call(rig: &Rig, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = rig.browser.request(method, rig.url(path));
    request = request.bearer_auth(rig.emulator.api_key());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn update(rig: &Rig, id: &str, body: UpdateUserParamsBody) -> Result<User, workos::Error> {
    let client = client(rig);
    let params = UpdateUserParams::new(body);
    client.user_management().update_user(id, params).await
}

#[tokio::test]
async fn a_walk_by_cursor_meets_everybody_once_while_others_come() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let added = control.add_users(6);
    let mut expected = vec!["ada@example.com", "grace@example.com", "alan@example.com"];
    let by_id: std::collections::BTreeMap<_, _> = added
        .iter()
        .map(|user| (user.id.as_str(), user.email.as_str()))
        .collect();
    // Made in one instant, so in the order of their ids.
    expected.extend(by_id.values());
    let mut seen = Vec::new();
    let mut after = None;
    let mut pages = 0;
    loop {
        let page = list(&rig, page_after(after, PaginationOrder::Desc)).await;
        assert_eq!(page.object, "list");
        assert_eq!(page.list_metadata.before.is_none(), pages == 0);
        seen.extend(emails(&page).iter().map(ToString::to_string));
        pages += 1;
        after = page.list_metadata.after;
        if after.is_none() {
            break;
        }
        // Newer than anything the walk has yet to meet.
        control.add_users(1);
    }
    seen.reverse();
    assert_eq!(
        (pages, seen.iter().map(String::as_str).collect::<Vec<_>>()),
        (3, expected)
    );

    // The other way round, those who come are still ahead.
    let mut seen = 0;
    let mut after = None;
    for added in [1, 1, 0] {
        let page = list(&rig, page_after(after, PaginationOrder::Asc)).await;
        seen += page.data.len();
        control.add_users(added);
        after = page.list_metadata.after;
        assert!(after.is_some());
    }
    seen += list(&rig, page_after(after, PaginationOrder::Asc))
        .await
        .data
        .len();
    assert_eq!(seen, 13);
}

#[tokio::test]
async fn ten_are_listed_unless_asked_for_more_and_back_goes_before() {
    let rig = rig().await;
    rig.emulator.control().add_users(9);
    let (_, first) = call(&rig, Method::GET, USERS, None).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert!(first["list_metadata"]["before"].is_null());
    let rest = format!("{USERS}?after={}", text(&first, "/list_metadata/after"));
    let (_, rest) = call(&rig, Method::GET, &rest, None).await;
    assert_eq!(rest["data"].as_array().unwrap().len(), 2);
    assert!(rest["list_metadata"]["after"].is_null());
    let back = format!("{USERS}?before={}", text(&rest, "/list_metadata/before"));
    assert_eq!(
        call(&rig, Method::GET, &back, None).await.1["data"],
        first["data"]
    );
    let (_, all) = call(&rig, Method::GET, &format!("{USERS}?limit=100"), None).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 12);
    assert!(!all.to_string().contains("argon2"));
}

#[tokio::test]
async fn a_list_can_be_of_one_address_or_of_one_organization() {
    let rig = rig().await;
    let of_email = |email: &str| ListUsersParams {
        email: Some(email.to_owned()),
        ..ListUsersParams::default()
    };
    assert_eq!(
        emails(&list(&rig, of_email("ada@example.com")).await),
        ["ada@example.com"]
    );
    for nobody in ["nobody@example.com", "Ada@example.com", ""] {
        assert!(
            list(&rig, of_email(nobody)).await.data.is_empty(),
            "{nobody}"
        );
    }
    let acme = rig.emulator.control().organization_id("Acme");
    let members = |email: Option<&str>| ListUsersParams {
        organization_id: acme.clone(),
        email: email.map(str::to_owned),
        ..ListUsersParams::default()
    };
    let listed = list(&rig, members(None)).await;
    assert_eq!(emails(&listed), ["grace@example.com", "ada@example.com"]);
    let both = list(&rig, members(Some("grace@example.com"))).await;
    assert_eq!(emails(&both), ["grace@example.com"]);
    assert!(
        list(&rig, members(Some("alan@example.com")))
            .await
            .data
            .is_empty()
    );
}

#[tokio::test]
async fn a_cursor_or_a_limit_that_means_nothing_is_refused() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let ada = control.user_id("ada@example.com").unwrap();
    let alan = control.user_id("alan@example.com").unwrap();
    control.delete_user("alan@example.com").unwrap();
    for query in [
        "limit=0".to_owned(),
        "limit=101".to_owned(),
        "limit=ten".to_owned(),
        "limit=-1".to_owned(),
        "order=up".to_owned(),
        "after=user_1".to_owned(),
        "before=".to_owned(),
        // Somebody who is gone, and somebody who is not in this list.
        format!("after={alan}"),
        format!("after={ada}&email=grace@example.com"),
        format!("after={ada}&before={ada}"),
        // Filters that are not carried out.
        "organization=org_1".to_owned(),
        "name=Ada".to_owned(),
    ] {
        let (status, body) = call(&rig, Method::GET, &format!("{USERS}?{query}"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(body["code"].is_string(), "{query}");
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_is_told() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    let control = rig.emulator.control();
    control.set_webhook(Some(receiver.webhook()));
    let id = control.user_id("ada@example.com").unwrap();
    let before = client(&rig).user_management().get_user(&id).await.unwrap();
    let body = UpdateUserParamsBody {
        first_name: Some("Augusta".to_owned()),
        ..UpdateUserParamsBody::default()
    };
    let after = update(&rig, &id, body).await.unwrap();
    assert_eq!(after.first_name.as_deref(), Some("Augusta"));
    assert_eq!(
        (&after.last_name, &after.email),
        (&before.last_name, &before.email)
    );
    assert_eq!(after.name.as_deref(), Some("Augusta Lovelace"));
    assert_eq!(after.created_at, before.created_at);
    assert!(after.email_verified && after.updated_at > before.updated_at);
    let told = receiver.next_of("user.updated").await;
    assert_eq!(
        told,
        serde_json::to_value(workos_user(&rig, &id).await).unwrap()
    );
    let told: User = serde_json::from_value(told).unwrap();
    assert_eq!((told.id, told.updated_at), (id.clone(), after.updated_at));

    // The same through control, which also takes a name away.
    let change = UserUpdate {
        last_name: Some(String::new()),
        ..UserUpdate::default()
    };
    let changed = control.update_user(&id, change).unwrap();
    assert!(changed["last_name"].is_null());
    assert_eq!(receiver.next_of("user.updated").await, changed);
    let url = rig.url(&format!("/_emulator/users/{id}"));
    let request = rig.browser.put(url).json(&json!({ "first_name": null }));
    let changed: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(changed["name"].is_null());
    assert_eq!(receiver.next_of("user.updated").await, changed);
}

/// A user as the API shows it, to the letter.
async fn workos_user(rig: &Rig, id: &str) -> Value {
    call(rig, Method::GET, &format!("{USERS}/{id}"), None)
        .await
        .1
}

#[tokio::test]
async fn each_update_is_later_than_the_one_before_though_time_stands_still_or_goes_back() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = control.user_id("ada@example.com").unwrap();
    let mut last = text(&workos_user(&rig, &id).await, "/updated_at").to_owned();
    for round in 0..50 {
        if round == 40 {
            control.set_clock_offset(-3600);
        }
        let changed = control.update_user(&id, UserUpdate::default()).unwrap();
        let next = text(&changed, "/updated_at").to_owned();
        assert!(next > last, "{next} after {last}");
        last = next;
    }
}

#[tokio::test]
async fn a_changed_address_is_the_one_to_sign_in_with_and_not_verified_before() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    let control = rig.emulator.control();
    control.set_webhook(Some(receiver.webhook()));
    let id = control.user_id("ada@example.com").unwrap();
    let change = |email: &str| UpdateUserParamsBody {
        email: Some(email.to_owned()),
        ..UpdateUserParamsBody::default()
    };
    let taken = update(&rig, &id, change("GRACE@example.com"))
        .await
        .unwrap_err();
    assert_eq!(status(taken), (400, Some("user_update_error".to_owned())));
    let invalid = update(&rig, &id, change("nobody")).await.unwrap_err();
    assert_eq!(status(invalid).0, 422);
    let changed = update(&rig, &id, change(" Countess@Example.com"))
        .await
        .unwrap();
    assert_eq!(changed.email, "countess@example.com");
    assert!(!changed.email_verified);
    assert_eq!(
        receiver.next_of("user.updated").await["email_verified"],
        false
    );
    let tokens = rig.tokens_for("countess@example.com").await;
    assert_eq!(text(&tokens, "/user/id"), id);
    assert_eq!(tokens["user"]["email_verified"], true);
    let verified = receiver.next_of("user.updated").await;
    assert!(text(&verified, "/updated_at") > changed.updated_at.as_str());
    assert_eq!(verified["email_verified"], true);
    receiver.next_of("session.created").await;
    // The old address is free.
    assert!(control.user_id("ada@example.com").is_err());
    let new = NewUser {
        email: "ada@example.com".to_owned(),
        ..NewUser::default()
    };
    assert_ne!(control.create_user(new).await.unwrap().id, id);
}

#[tokio::test]
async fn a_created_user_can_sign_in_and_the_address_is_taken() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    rig.emulator.control().set_webhook(Some(receiver.webhook()));
    let client = client(&rig);
    let users = client.user_management();
    let create = async |email: &str, password: &str| {
        let body = CreateUserParamsBody {
            first_name: Some("Mary".to_owned()),
            password: Some(Password::Plaintext {
                password: password.to_owned(),
            }),
            ..CreateUserParamsBody::new(email)
        };
        users.create_user(CreateUserParams::new(body)).await
    };
    let created = create("Mary@Example.com ", "long enough password")
        .await
        .unwrap();
    assert_eq!(created.email, "mary@example.com");
    assert!(!created.email_verified && created.last_sign_in_at.is_none());
    let told = receiver.next_of("user.created").await;
    assert_eq!(told, workos_user(&rig, &created.id).await);
    let form = [
        ("email", "mary@example.com"),
        ("password", "long enough password"),
    ];
    let answer = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    assert!(parameter(&answer, "code").is_some());
    assert_eq!(
        receiver.next_of("user.updated").await["email_verified"],
        true
    );
    let taken = create("MARY@example.com", "long enough password")
        .await
        .unwrap_err();
    assert_eq!(status(taken), (400, Some("user_creation_error".to_owned())));
    let weak = create("annie@example.com", "short").await.unwrap_err();
    assert_eq!(status(weak).0, 422);
    // Without a password there is no way in.
    let (status, user) = call(
        &rig,
        Method::POST,
        USERS,
        Some(json!({ "email": "annie@example.com" })),
    )
    .await;
    assert_eq!(status, StatusCode::CREATED, "{user}");
    receiver.next_of("user.created").await;
    let form = [("email", "annie@example.com"), ("password", "")];
    let answer = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!receiver.has_more());
}

#[tokio::test]
async fn what_the_emulator_would_forget_is_refused_and_changes_nothing() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = control.user_id("ada@example.com").unwrap();
    let before = workos_user(&rig, &id).await;
    control.set_webhook(Some(receiver.webhook()));
    let one = format!("{USERS}/{id}");
    for (method, path, body) in [
        (
            Method::PUT,
            one.as_str(),
            json!({ "first_name": "A", "locale": "en" }),
        ),
        (Method::PUT, &one, json!({ "metadata": {} })),
        (Method::PUT, &one, json!({ "firstName": "A" })),
        (Method::PUT, &one, json!({ "email": null })),
        (Method::PUT, &one, json!({ "email_verified": null })),
        (Method::PUT, &one, json!({ "email_verified": "yes" })),
        (Method::PUT, &one, json!({ "first_name": 7 })),
        (Method::PUT, &one, json!([])),
        (Method::POST, USERS, json!({})),
        (Method::POST, USERS, json!(["a@example.com"])),
        (Method::POST, USERS, json!({ "email": "nobody" })),
        (
            Method::POST,
            USERS,
            json!({ "email": "a@example.com", "external_id": "1" }),
        ),
    ] {
        let (status, answer) = call(&rig, method.clone(), path, Some(body.clone())).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{method} {body}: {answer}"
        );
    }
    assert_eq!(workos_user(&rig, &id).await, before);
    // The first event is of what comes now.
    control.delete_user("alan@example.com").unwrap();
    receiver.next_of("user.deleted").await;
}

#[tokio::test]
async fn a_deleted_user_is_found_nowhere_and_told_after_their_sessions() {
    let mut receiver = Receiver::start().await;
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = rig.tokens_for("ada@example.com").await;
    let id = text(&tokens, "/user/id");
    control.set_webhook(Some(receiver.webhook()));
    let client = client(&rig);
    let users = client.user_management();
    users.delete_user(id).await.unwrap();
    receiver.next_of("session.revoked").await;
    let told: User = serde_json::from_value(receiver.next_of("user.deleted").await).unwrap();
    assert_eq!(
        (told.id.as_str(), told.email.as_str()),
        (id, "ada@example.com")
    );
    let gone = (404, Some("entity_not_found".to_owned()));
    assert_eq!(status(users.get_user(id).await.unwrap_err()), gone);
    assert_eq!(status(users.delete_user(id).await.unwrap_err()), gone);
    let nothing = UpdateUserParamsBody::default();
    assert_eq!(status(update(&rig, id, nothing).await.unwrap_err()), gone);
    assert!(control.update_user(id, UserUpdate::default()).is_err());
    let listed = list(&rig, ListUsersParams::default()).await;
    assert_eq!(emails(&listed), ["alan@example.com", "grace@example.com"]);
    assert_eq!(
        rig.refresh(text(&tokens, "/refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_wrong_key_gets_nowhere_and_a_restricted_one_where_it_may() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = control.user_id("ada@example.com").unwrap();
    control.restrict_api_key("sk_test_reader", vec![Endpoint::ListUsers]);
    control
        .add_neighbour("client_other", "sk_test_other")
        .await
        .unwrap();
    let one = format!("{USERS}/{id}");
    for (method, path, restricted) in [
        (Method::GET, USERS, StatusCode::OK),
        (Method::POST, USERS, StatusCode::FORBIDDEN),
        (Method::PUT, &one, StatusCode::FORBIDDEN),
        (Method::DELETE, &one, StatusCode::FORBIDDEN),
    ] {
        let with = async |key: &str| {
            let request = rig.browser.request(method.clone(), rig.url(path));
            let body = json!({ "email": "new@example.com" });
            let request = request.bearer_auth(key).json(&body);
            let answer = request.send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        };
        assert_eq!(
            with("sk_test_wrong").await.0,
            StatusCode::UNAUTHORIZED,
            "{method}"
        );
        assert_eq!(with("").await.0, StatusCode::UNAUTHORIZED, "{method}");
        assert_eq!(with("sk_test_reader").await.0, restricted, "{method}");
        let (_, others) = with("sk_test_other").await;
        assert!(!others.contains(&id), "{method}: {others}");
    }
    assert_eq!(list(&rig, ListUsersParams::default()).await.data.len(), 3);
    assert_eq!(
        text(&workos_user(&rig, &id).await, "/email"),
        "ada@example.com"
    );
}

#[tokio::test]
async fn each_endpoint_fails_on_order_and_is_counted_alone() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let id = control.user_id("ada@example.com").unwrap();
    let one = format!("{USERS}/{id}");
    let endpoints = [
        (Endpoint::ListUsers, Method::GET, USERS),
        (Endpoint::CreateUser, Method::POST, USERS),
        (Endpoint::UpdateUser, Method::PUT, &one),
        (Endpoint::Users, Method::GET, &one),
        (Endpoint::DeleteUser, Method::DELETE, &one),
    ];
    for (endpoint, method, path) in endpoints {
        control.set_fault(endpoint, Fault::status(503).times(1));
        let body = json!({ "email": "augusta@example.com" });
        let body = Some(body).filter(|_| method == Method::POST || method == Method::PUT);
        let (status, _) = call(&rig, method, path, body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{endpoint:?}");
        assert_eq!(control.calls_of(endpoint), 1, "{endpoint:?}");
    }
    assert_eq!(control.user_id("ada@example.com").unwrap(), id);
    assert!(control.user_id("augusta@example.com").is_err());
}
