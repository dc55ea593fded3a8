//! The key of a mutation: whose it is, what it may look like, and that what was done under it is done once, whoever is killed
//! and however often it is sent.

use crate::{
    client::Client,
    database::Database,
    postgres::Postgres,
    process::Process,
    support::{self, ADA, ALAN, ANY_PORT, App, Browser},
    tally::{Place, Server, on_both_databases},
};
use authkit_app::DatabaseSettings;
use futures_util::future::join_all;
use reqwest::Method;
use sqlx::Connection as _;
use std::{net::SocketAddr, process::Stdio, time::Duration};
use test_support::{lost_commit::LostCommit, postgres::free_port};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const KEY: &str = "a-key-of-one-submission";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server on each of the databases.
async fn servers() -> [(App, Database); 2] {
    let [sqlite, postgres] = Database::each().await;
    [
        (App::start_on(sqlite.settings()).await, sqlite),
        (App::start_on(postgres.settings()).await, postgres),
    ]
}

/// A server on SQLite, for what does not depend on the database.
async fn server() -> (App, Database) {
    let database = Database::sqlite();
    (App::start_on(database.settings()).await, database)
}

async fn client(app: &App, email: &str) -> Client {
    Client::of(&app.signed_in(email).await)
}

/// A process at an address of its own, on this database.
async fn process_at(addr: SocketAddr, door: &App, variable: (&str, &str)) -> Process {
    Process::start_at(crate::PROGRAM, addr, door, &[variable], Stdio::inherit()).await
}

fn any_address() -> SocketAddr {
    SocketAddr::new(ANY_PORT.ip(), free_port())
}

/// A request for a number, byte by byte.
fn raw_request(browser: &Browser, value: i64) -> String {
    let body = format!("value={value}");
    format!(
        "POST /api/add_number HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
         cookie: {}\r\nidempotency-key: {KEY}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        browser.cookie_header(),
        body.len()
    )
}

/// That the number is there once, and that a process which has not done it answers with it.
async fn is_answered_by_another_process(
    door: &App,
    browser: &Browser,
    database: &Database,
    addr: SocketAddr,
) {
    let stored = database.numbers().await;
    assert_eq!(stored.len(), 1, "{stored:?}");
    let process = process_at(addr, door, database.variable()).await;
    let client = Client::of(browser);
    let origin = process.browser(browser).origin;
    for _ in 0..2 {
        let answer = client.add(&origin, KEY, 7).await;
        assert_eq!(answer.id(), stored[0].id);
    }
    assert_eq!(database.numbers().await, stored);
}

#[tokio::test]
async fn kill_9_between_commit_and_answer() {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let browser = door.signed_in(ADA).await;
    for database in Database::each().await {
        let addr = any_address();
        let mut process = process_at(addr, &door, database.variable()).await;
        let mut connection = TcpStream::connect(addr).await.unwrap();
        let request = raw_request(&browser, 7);
        connection.write_all(request.as_bytes()).await.unwrap();
        // It answers once it has committed. The client gets nothing of it.
        connection.read_u8().await.unwrap();
        process.kill();
        drop(connection);
        is_answered_by_another_process(&door, &browser, &database, addr).await;
    }
}

/// Waits until the row is there, as another connection sees it.
async fn is_committed(database: &Database) {
    until("it is committed", async || {
        !database.numbers().await.is_empty()
    })
    .await;
}

/// Waits until the database says so.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waited).await.expect(what);
}

/// Lets the next commit reach the database, and what the database says of it not come back.
fn lose_the_commit(network: &LostCommit, database: &Database) -> impl Future<Output = ()> {
    network.lose();
    async {
        network.told().await;
        is_committed(database).await;
        network.close();
    }
}

async fn is_in_the_trail(database: &Database) {
    until("it is recorded", async || database.audit_events().await > 0).await;
}

#[tokio::test]
async fn kill_9_before_the_database_has_said_that_it_committed() {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let browser = door.signed_in(ADA).await;
    let database = Database::postgres().await;
    let network = LostCommit::before(database.variable().1).await;
    let addr = any_address();
    let mut process = process_at(addr, &door, ("DATABASE_URL", &network.url)).await;
    network.lose();
    let mut connection = TcpStream::connect(addr).await.unwrap();
    let request = raw_request(&browser, 7);
    connection.write_all(request.as_bytes()).await.unwrap();
    network.told().await;
    is_committed(&database).await;
    process.kill();
    assert!(connection.read_u8().await.is_err(), "it has not answered");
    is_answered_by_another_process(&door, &browser, &database, addr).await;
}

#[tokio::test]
async fn a_commit_that_was_not_confirmed_is_found_by_its_key() {
    let database = Database::postgres().await;
    let network = LostCommit::before(database.variable().1).await;
    let through = DatabaseSettings::Postgres(network.url.clone().into());
    let app = App::start_on(through).await;
    let ada = client(&app, ADA).await;
    // What the sign-in leaves in the audit trail is a commit too.
    is_in_the_trail(&database).await;
    let lose = lose_the_commit(&network, &database);
    let (answer, ()) = tokio::join!(ada.add(&app.origin, KEY, 7), lose);
    answer.is_refused(503, "unconfirmed");
    let (_, answer) = ada.add_until_known(&app.origin, KEY, 7).await;
    let stored = database.numbers().await;
    assert_eq!(stored.len(), 1, "{stored:?}");
    assert_eq!(answer.id(), stored[0].id);
}

#[tokio::test]
async fn the_same_key_on_two_processes_at_once() {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let browser = door.signed_in(ADA).await;
    let ada = Client::of(&browser);
    for database in Database::each().await {
        let processes = Process::several(crate::PROGRAM, 2, &door, database.variable()).await;
        let origins: Vec<_> = processes
            .iter()
            .map(|process| process.browser(&browser).origin)
            .collect();
        for round in 0..10 {
            let key = format!("{KEY}-{round}");
            let asking = (0..6).map(|nth| ada.add(&origins[nth % 2], &key, round));
            let answers = join_all(asking).await;
            let stored = database.numbers().await;
            let stored = stored.iter().filter(|number| number.value == round);
            let stored: Vec<_> = stored.collect();
            assert_eq!(stored.len(), 1, "{stored:?}");
            assert_eq!(answers[0].id(), stored[0].id);
            for answer in &answers {
                assert_eq!(answer, &answers[0]);
            }
        }
    }
}

/// The database lets only one of them in, and the others are answered all the same.
async fn a_name_that_can_be_taken_once_is_taken_once_by_the_same_key_at_once(place: Place) {
    let app = App::start().await;
    let ada = client(&app, ADA).await;
    let servers = [
        Server::start(&place, &app).await,
        Server::start(&place, &app).await,
    ];
    for round in 0..20 {
        let (key, name) = (format!("{KEY}-{round}"), round.to_string());
        let form = [("name", name.as_str())];
        let asking = (0..6).map(|nth| ada.call(&servers[nth % 2].url, "take_name", &key, &form));
        for answer in join_all(asking).await {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(answer.body["answer"], name);
        }
    }
}

on_both_databases!(a_name_that_can_be_taken_once_is_taken_once_by_the_same_key_at_once);

#[tokio::test]
async fn a_key_of_another_user() {
    for (app, database) in servers().await {
        let (ada, alan) = (client(&app, ADA).await, client(&app, ALAN).await);
        let first = ada.add(&app.origin, KEY, 1).await;
        // Alan learns nothing of it: not what was done, and not that something was.
        let second = alan.add(&app.origin, KEY, 1).await;
        assert_ne!(first.id(), second.id());
        let other = "another-key-of-one-submission";
        let third = ada.add(&app.origin, other, 2).await;
        let fourth = alan.add(&app.origin, other, 3).await;
        assert_ne!(third.id(), fourth.id());
        assert_eq!(database.values().await, [1, 1, 2, 3]);
        // Each has their own answers.
        assert_eq!(ada.add(&app.origin, KEY, 1).await, first);
        assert_eq!(alan.add(&app.origin, KEY, 1).await, second);
        // It is the user's, in whatever session.
        let elsewhere = client(&app, ADA).await;
        assert_eq!(elsewhere.add(&app.origin, KEY, 1).await, first);
        // Strangers get nothing.
        let stranger = Client::of(&app.browser());
        assert_eq!(stranger.add(&app.origin, KEY, 1).await.status, 401);
        assert_eq!(database.values().await, [1, 1, 2, 3]);
    }
}

/// A page would else show the number twice: with its own change on top of an answer that has it.
#[tokio::test]
async fn what_is_answered_again_says_which_revision_it_was() {
    let (app, _database) = server().await;
    let (ada, alan) = (client(&app, ADA).await, client(&app, ALAN).await);
    let first = ada.add(&app.origin, KEY, 1).await;
    let later = alan.add(&app.origin, KEY, 2).await;
    assert_ne!(later.body["written"], first.body["written"]);
    assert_eq!(ada.add(&app.origin, KEY, 1).await, first);
}

#[tokio::test]
async fn the_same_key_with_other_arguments() {
    for (app, database) in servers().await {
        let ada = client(&app, ADA).await;
        let first = ada.add(&app.origin, KEY, 1).await;
        let other = ada.add(&app.origin, KEY, 2).await;
        other.is_refused(409, "key_used_otherwise");
        assert_eq!(database.values().await, [1]);
        assert_eq!(ada.add(&app.origin, KEY, 1).await, first);
    }
}

#[tokio::test]
async fn the_same_key_in_a_form_and_in_json() {
    let (app, database) = server().await;
    let ada = client(&app, ADA).await;
    let first = ada.add(&app.origin, KEY, 1).await;
    let json = async |value| {
        let json = serde_json::json!({ "value": value });
        ada.call_with_json(&app.origin, "add_number", KEY, &json)
            .await
    };
    assert_eq!(json(1).await, first);
    json(2).await.is_refused(409, "key_used_otherwise");
    assert_eq!(database.values().await, [1]);
}

#[tokio::test]
async fn the_same_key_with_another_mutation() {
    let (app, database) = server().await;
    let ada = client(&app, ADA).await;
    let first = ada.add(&app.origin, KEY, 1).await;
    let form = [("id", first.id())];
    let other = ada.call(&app.origin, "remove_number", KEY, &form).await;
    other.is_refused(409, "key_used_otherwise");
    assert_eq!(database.values().await, [1]);
}

#[tokio::test]
async fn a_number_that_was_removed_is_removed_again_by_the_same_key_only() {
    let (app, database) = server().await;
    let ada = client(&app, ADA).await;
    let added = ada.add(&app.origin, KEY, 1).await;
    let form = [("id", added.id())];
    let remove = async |key| ada.call(&app.origin, "remove_number", key, &form).await;
    let removed = remove("a-key-of-its-removal").await;
    assert_eq!(removed.status, 200, "{}", removed.body);
    assert!(database.values().await.is_empty());
    assert_eq!(remove("a-key-of-its-removal").await, removed);
    remove("a-key-of-another-removal")
        .await
        .is_refused(404, "not_found");
    // Nor is it added again.
    assert_eq!(ada.add(&app.origin, KEY, 1).await, added);
    assert!(database.values().await.is_empty());
}

#[tokio::test]
async fn without_a_key() {
    let (app, database) = server().await;
    let ada = client(&app, ADA).await;
    let add = async || {
        let sent = ada.send(&app.origin, "add_number", &[], &[("value", "1")]);
        sent.await.unwrap()
    };
    assert_ne!(add().await.id(), add().await.id());
    assert_eq!(database.values().await, [1, 1]);
}

#[tokio::test]
async fn keys_that_are_malformed() {
    let (short, long) = (&"k".repeat(15), &"k".repeat(256));
    let app = App::start().await;
    let database = app.data().join("app.db");
    let ada = client(&app, ADA).await;
    let form = [("value", "1")];
    let headers: [&[&[u8]]; 12] = [
        &[b""],
        &[b"k"],
        &[short.as_bytes()],
        &[long.as_bytes()],
        &[b"a key of one submission"],
        &[b"a-key-of-one\tsubmission"],
        &["a-key-of-one-submissi\u{f6}n".as_bytes()],
        &[b"a-key-of-one-\xff\xfe-submission"],
        &[b"\"a-key-of-one-submission"],
        &[b"\"\""],
        &[KEY.as_bytes(), KEY.as_bytes()],
        &[KEY.as_bytes(), b"a-key-of-another-submission"],
    ];
    for keys in headers {
        let answer = ada.send(&app.origin, "add_number", keys, &form).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 400, "{keys:?} {}", answer.body);
        answer.is_refused(400, "key_malformed");
    }
    for once in [
        "k",
        short,
        long,
        "a key of one submission",
        "schlüssel-schlüssel",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let form = [("value", "1"), ("once", once)];
        let answer = ada.send(&app.origin, "add_number", &[], &form).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 400, "{once:?} {}", answer.body);
        answer.is_refused(400, "key_malformed");
    }
    let rows = sqlx::SqlitePool::connect(database.to_str().unwrap()).await;
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM numbers")
        .fetch_one(&rows.unwrap())
        .await
        .unwrap();
    assert_eq!(rows, 0);
    // The longest, the shortest, and all that is visible.
    let visible: String = ('!'..='~').filter(|c| !['"', '\\'].contains(c)).collect();
    for good in [&"k".repeat(16), &"k".repeat(255), &visible] {
        let first = ada.add(&app.origin, good, 1).await;
        let quoted = format!("\"{good}\"");
        assert_eq!(ada.add(&app.origin, &quoted, 1).await.id(), first.id());
        let form = [("value", "1"), ("once", good.as_str())];
        let field = ada.send(&app.origin, "add_number", &[], &form).await;
        assert_eq!(field.unwrap().id(), first.id());
    }
    // A page that could make no key sends an empty one: none.
    let form = [("value", "1"), ("once", "")];
    let unprotected = ada.send(&app.origin, "add_number", &[], &form).await;
    assert_eq!(unprotected.unwrap().status, 200);
}

/// Sends the form as a browser without scripts does. Where it leads to.
async fn submit(browser: &mut Browser, once: &str, value: &str) -> String {
    let page = browser.origin.join("/live").unwrap();
    let headers = [("accept", "text/html"), ("referer", page.as_str())];
    let form = [("once", once), ("value", value)];
    let answer = browser
        .send(Method::POST, "/api/add_number", &headers, Some(&form))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location");
    location
        .split_once("/live")
        .map_or_else(|| panic!("{location}"), |(_, rest)| format!("/live{rest}"))
}

/// The key in the form that adds numbers, in this page.
#[track_caller]
fn key_in(page: &support::Answer) -> String {
    let form = page.body.split("action=\"/api/add_number\"").nth(1);
    let form = form.and_then(|form| form.split_once("</form>"));
    let (form, _) = form.expect("a form");
    let input = form
        .split("<input")
        .find(|input| input.contains("name=\"once\""));
    let value = input.and_then(|input| input.split("value=\"").nth(1));
    let value = value.and_then(|value| value.split('"').next());
    value.expect("a key in the form").to_owned()
}

#[tokio::test]
async fn a_plain_form_that_was_sent_twice_is_done_once_and_leads_to_the_page() {
    for (app, database) in servers().await {
        let mut ada = app.signed_in(ADA).await;
        let key = key_in(&ada.get("/live").await);
        assert_ne!(
            key,
            key_in(&ada.get("/live").await),
            "each page has its own"
        );
        let mut again = ada.clone();
        // The button pressed twice, and the page that was left loaded anew.
        let both = tokio::join!(submit(&mut ada, &key, "1"), submit(&mut again, &key, "1"));
        assert_eq!(both, ("/live".to_owned(), "/live".to_owned()));
        assert_eq!(submit(&mut ada, &key, "1").await, "/live");
        assert_eq!(database.values().await, [1]);
    }
}

#[tokio::test]
async fn a_plain_form_while_the_database_is_away_says_so_and_changes_nothing() {
    let mut postgres = Postgres::start().await;
    let url = postgres.database().await;
    let app = App::start_on(DatabaseSettings::Postgres(url.into())).await;
    let mut ada = app.signed_in(ADA).await;
    let key = key_in(&ada.get("/live").await);
    postgres.stop().await;
    let back = submit(&mut ada, &key, "1").await;
    assert_eq!(back, "/live?refused=database_unavailable");
    let page = ada.get(&back).await;
    assert_eq!(page.status, 503);
    let said = "The database can’t be reached right now. Nothing was changed";
    assert!(page.body.contains(said), "{}", page.body);

    postgres.start_again().await;
    let mut page = ada.get(&back).await;
    while page.status == 503 {
        page = ada.get(&back).await;
    }
    assert!(page.body.contains(said), "{}", page.body);
    assert_eq!(submit(&mut ada, &key_in(&page), "1").await, "/live");
    let list = ada.query("list_numbers").await.json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
}

#[tokio::test]
async fn a_plain_form_that_was_not_confirmed_is_sent_again_with_its_key() {
    let database = Database::postgres().await;
    let network = LostCommit::before(database.variable().1).await;
    let through = DatabaseSettings::Postgres(network.url.clone().into());
    let app = App::start_on(through).await;
    let mut ada = app.signed_in(ADA).await;
    let key = key_in(&ada.get("/live").await);
    is_in_the_trail(&database).await;
    let lose = lose_the_commit(&network, &database);
    let (back, ()) = tokio::join!(submit(&mut ada, &key, "7"), lose);
    assert!(back.starts_with("/live?refused="), "{back}");
    let page = ada.get(&back).await;
    assert!(
        page.body.contains("The database did not confirm it."),
        "{}",
        page.body
    );
    assert_eq!(key_in(&page), key);
    assert_eq!(submit(&mut ada, &key, "7").await, "/live");
    assert_eq!(database.values().await, [7]);
}

/// The organization is another one by then: the page is told that it was not done, and so it is not, although it had begun.
#[tokio::test]
async fn what_a_page_is_told_is_not_done_is_taken_back_where_it_is_under_way() {
    let database = Database::postgres().await;
    let app = App::start_on(database.settings()).await;
    let mut elsewhere = app.signed_in(ADA).await;
    let key = key_in(&elsewhere.get("/live").await);
    let mut ada = elsewhere.clone();
    app.switch_organization(&mut elsewhere, "Globex").await;
    let mut lock = database.connect().await;
    let mut lock = lock.begin().await.unwrap();
    // Pages may read it.
    let exclusively = sqlx::query("LOCK TABLE numbers IN EXCLUSIVE MODE");
    exclusively.execute(&mut *lock).await.unwrap();
    let asked_again = async {
        until("it waits", async || is_waiting_for_numbers(&database).await).await;
        let back = submit(&mut elsewhere, &key, "7").await;
        // Before the attempt ends: of a session one refused form is kept, the last.
        let page = elsewhere.get(&back).await;
        lock.rollback().await.unwrap();
        page
    };
    let (attempt, page) = tokio::join!(submit(&mut ada, &key, "7"), asked_again);
    let said = "sent from the page of another organization";
    assert!(page.body.contains(said), "{}", page.body);
    assert!(attempt.starts_with("/live?refused="), "{attempt}");
    assert!(database.values().await.is_empty());
}

async fn is_waiting_for_numbers(database: &Database) -> bool {
    let waiting: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'numbers'::regclass \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .fetch_one(&mut database.connect().await)
    .await
    .unwrap();
    waiting > 0
}

#[tokio::test]
async fn a_form_sent_again_after_back_with_another_value_is_refused_and_keeps_it() {
    let (app, database) = server().await;
    let mut ada = app.signed_in(ADA).await;
    let key = key_in(&ada.get("/live").await);
    assert_eq!(submit(&mut ada, &key, "1").await, "/live");
    let location = submit(&mut ada, &key, "42").await;
    assert!(location.starts_with("/live?refused="), "{location}");
    assert_eq!(database.values().await, [1]);
    let page = ada.get(&location).await;
    let alert = page.body.split("role=\"alert\"").nth(1).expect("an alert");
    let text = alert.split_once("</p>").unwrap().0;
    assert!(text.len() > 40, "it says why: {text}");
    assert!(page.body.contains("value=\"42\""), "{}", page.body);
    // The form that is there now can be sent.
    assert_eq!(submit(&mut ada, &key_in(&page), "42").await, "/live");
    assert_eq!(database.values().await, [1, 42]);
}

/// The most keys of a caller that are kept.
const KEPT: i64 = 10_000;
/// And so many more, until they are removed.
const SURPLUS: i64 = 100;

async fn count(database: &Database, condition: &str) -> i64 {
    let count = format!("SELECT COUNT(*) FROM live_once WHERE {condition}");
    let mut connection = database.connect().await;
    let count = sqlx::query_scalar(&count).fetch_one(&mut connection);
    count.await.unwrap()
}

#[tokio::test]
async fn ten_thousand_keys() {
    for (app, database) in servers().await {
        let (ada, alan) = (client(&app, ADA).await, client(&app, ALAN).await);
        let first = ada.add(&app.origin, "the-first-of-many-keys", 0).await;
        let of_alan = alan.add(&app.origin, KEY, 1).await;
        // As if she had used as many as are kept, and those that are removed together.
        let more = "INSERT INTO live_once (caller, once, digest, answer, topics, used_at, number) \
             WITH RECURSIVE counted (number) AS \
               (SELECT 2 UNION ALL SELECT number + 1 FROM counted WHERE number < $1) \
             SELECT one.caller, 'the-key-with-number-' || counted.number, one.digest, one.answer, \
                    one.topics, one.used_at, counted.number \
             FROM counted, live_once one WHERE one.once = 'the-first-of-many-keys'";
        let mut connection = database.connect().await;
        let more = sqlx::query(more).bind(KEPT + SURPLUS - 1);
        let rows = more.execute(&mut connection).await.unwrap();
        assert_eq!(rows.rows_affected(), (KEPT + SURPLUS - 2) as u64);
        // Nothing is lost of what is kept.
        let again = ada.add(&app.origin, "the-first-of-many-keys", 0).await;
        assert_eq!(again.id(), first.id());
        let last = ada.add(&app.origin, "the-last-of-many-keys", 2).await;
        assert_eq!(
            count(&database, "once <> 'a-key-of-one-submission'").await,
            KEPT
        );
        assert_eq!(count(&database, "once = 'the-first-of-many-keys'").await, 0);
        let again = ada.add(&app.origin, "the-last-of-many-keys", 2).await;
        assert_eq!(again.id(), last.id());
        // What one caller uses up is nothing to another.
        assert_eq!(alan.add(&app.origin, KEY, 1).await.id(), of_alan.id());
        assert_eq!(database.values().await, [0, 1, 2]);
    }
}

#[tokio::test]
async fn keys_are_swept_after_a_day() {
    for (app, database) in servers().await {
        let ada = client(&app, ADA).await;
        ada.add(&app.origin, "a-key-of-yesterday", 1).await;
        let today = ada.add(&app.origin, KEY, 2).await;
        let mut connection = database.connect().await;
        for (once, hours) in [("a-key-of-yesterday", 25), (KEY, 23)] {
            let age = "UPDATE live_once SET used_at = used_at - $1 WHERE once = $2";
            let age = sqlx::query(age).bind(hours * 3_600_000_i64).bind(once);
            age.execute(&mut connection).await.unwrap();
        }
        // A server sweeps when it starts, and every few minutes.
        let other = App::start_on(database.settings()).await;
        let swept = async {
            while count(&database, "once = 'a-key-of-yesterday'").await > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, swept).await.expect("it is not swept");
        assert_eq!(
            count(&database, "once = 'a-key-of-one-submission'").await,
            1
        );
        assert_eq!(ada.add(&app.origin, KEY, 2).await.id(), today.id());
        drop(other);
    }
}
