//! Lists whose rows the server renders: what a page has of them, and what it is sent.

use super::support::{ADA, ALAN, Answer, App, Browser, GRACE};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;

/// What a page asks that follows the rows of the notes.
const ROWS: &str = "list_notes.html {}";
/// What somebody may write who is up to no good.
const STRANGE: &str = r#"<b onclick="x">{text}</b> & '"#;
const ESCAPED: &str = "&lt;b onclick=\"x\"&gt;{text}&lt;/b&gt; &amp; '";

async fn write(browser: &mut Browser, text: &str) {
    let answer = browser.mutate("write_note", &[("text", text)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// The HTML of the rows that a page is told, if it is told anything.
async fn told(browser: &mut Browser) -> Option<Vec<String>> {
    let rows = browser.news(ROWS).await?;
    let html = |row: &serde_json::Value| row["html"].as_str().unwrap().to_owned();
    Some(rows.as_array().unwrap().iter().map(html).collect())
}

/// The parts of a page that are for one user only: for whom, and whether they are shown.
fn parts(html: &str) -> Vec<(&str, bool)> {
    let parts = html.split("<div data-only-for=\"").skip(1);
    parts
        .map(|part| {
            let (of, rest) = part.split_once('"').unwrap();
            (of, !rest.split_once('>').unwrap().0.contains("hidden"))
        })
        .collect()
}

#[tokio::test]
async fn rows_are_the_same_for_all_who_may_see_them_and_a_text_in_them_is_text() {
    for app in App::start_on_each().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        let mut elsewhere = app.signed_in(ADA).await;
        app.switch_organization(&mut elsewhere, "Globex").await;
        write(&mut ada, STRANGE).await;
        let rows = told(&mut ada).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].contains(ESCAPED), "{}", rows[0]);
        assert!(!rows[0].contains("<b onclick"), "{}", rows[0]);
        // The page that gets it knows who looks at it.
        let [(_, false)] = parts(&rows[0])[..] else {
            panic!("a part for Ada that is not shown: {}", rows[0]);
        };
        assert!(rows[0].contains("name=\"once\" value=\"\""), "{}", rows[0]);
        assert_eq!(told(&mut grace).await, Some(rows));
        assert_eq!(told(&mut elsewhere).await, Some(Vec::new()));

        write(&mut grace, "tea").await;
        assert_eq!(told(&mut ada).await.unwrap().len(), 2);
        assert_eq!(told(&mut elsewhere).await, None);
    }
}

#[tokio::test]
async fn a_page_has_its_rows_once_and_shows_a_button_to_whom_it_is_for() {
    let app = App::start().await;
    let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    write(&mut ada, STRANGE).await;
    for (browser, is_theirs) in [(&mut ada, true), (&mut grace, false)] {
        let page = browser.get("/notes").await;
        assert_eq!(page.status, StatusCode::OK);
        let (before, list) = page.body.split_once("<ol").unwrap();
        let (list, after) = list.split_once("</ol>").unwrap();
        assert_eq!(list.matches(ESCAPED).count(), 1, "{list}");
        for rest in [before, after] {
            assert!(!rest.contains("onclick"), "{rest}");
        }
        let parts = parts(list);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].1, is_theirs, "{list}");
    }
}

/// A row without what is of one page: the key of its form, and what is shown to one user.
fn bare(row: &str) -> String {
    let (before, after) = row.split_once("name=\"once\" value=\"").unwrap();
    let (_, after) = after.split_once('"').unwrap();
    format!("{}{after}", before.replace(" hidden>", ">"))
}

#[tokio::test]
async fn a_row_of_the_page_is_the_row_that_a_page_is_sent() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    write(&mut ada, STRANGE).await;
    let page = ada.get("/notes").await;
    let (_, row) = page.body.split_once("<li data-row=\"").unwrap();
    let (_, row) = row.split_once('>').unwrap();
    let (row, _) = row.split_once("</li>").unwrap();
    assert_eq!(bare(row), bare(&told(&mut ada).await.unwrap()[0]));
}

#[tokio::test]
async fn a_form_in_a_row_works_without_scripts_and_once() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    write(&mut ada, "milk").await;
    let page = ada.get("/notes").await;
    let (_, row) = page.body.split_once("<li data-row=\"").unwrap();
    let value = |name: &str| {
        let (_, field) = row
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        field.split_once('"').unwrap().0.to_owned()
    };
    let (id, once) = (value("id"), value("once"));
    assert!(once.contains(&id), "a key of this row: {once}");
    for _ in 0..2 {
        let form = [("id", &*id), ("once", &*once)];
        let answer = submit(&mut ada, "/api/remove_note", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/notes");
    }
    assert_eq!(told(&mut ada).await, Some(Vec::new()));
}

#[tokio::test]
async fn rows_are_for_who_may_ask_the_query_and_no_part_of_the_api() {
    let app = App::start().await;
    let alan = app.signed_in(ALAN).await;
    let follow = serde_json::json!({"follow": {"key": ROWS, "seen": []}}).to_string();
    let url = alan.origin.join("/live/stream").unwrap();
    let request = reqwest::Client::new().post(url).body(follow);
    let request = request.header("origin", app.authkit.origin());
    let answer = request
        .header("cookie", alan.cookie_header())
        .send()
        .await
        .unwrap();
    let said = answer.text().await.unwrap();
    assert!(
        said.contains("refused list_notes.html {}\nforbidden"),
        "{said}"
    );
    let mut ada = app.signed_in(ADA).await;
    let api = ada
        .get_with("/api/list_notes.html", &[("accept", "application/json")])
        .await;
    assert_eq!(api.status, StatusCode::NOT_FOUND);
}

/// The key of the form above the list.
fn key_of_the_form(page: &str) -> String {
    let (_, form) = page.split_once("action=\"/api/write_note\"").unwrap();
    let (_, key) = form.split_once("name=\"once\" value=\"").unwrap();
    key.split_once('"').unwrap().0.to_owned()
}

/// Sends the form of a mutation as a browser without scripts does.
async fn submit(browser: &mut Browser, path: &str, form: &[(&str, &str)]) -> Answer {
    let headers = [("referer", &*format!("{}notes", browser.origin))];
    let method = reqwest::Method::POST;
    browser.send(method, path, &headers, Some(form)).await
}

/// Writes a note without scripts; where that leads.
async fn send_plain(browser: &mut Browser, text: &str, once: &str) -> String {
    let form = [("text", text), ("once", once)];
    let answer = submit(browser, "/api/write_note", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

#[tokio::test]
async fn what_is_typed_into_the_page_of_one_organization_is_not_written_in_another() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        let once = key_of_the_form(&ada.get("/notes").await.body);
        let mut late = ada.clone();
        app.switch_organization(&mut ada, "Globex").await;
        let back = send_plain(&mut ada, "for Acme's eyes", &once).await;
        let page = ada.get(&back).await;
        assert!(
            page.body
                .contains("sent from the page of another organization"),
            "{}",
            page.body
        );
        assert!(page.body.contains("for Acme's eyes</textarea>"));
        assert_eq!(told(&mut ada).await, Some(Vec::new()));
        // It was sent before that, and has been on its way until now.
        let back = send_plain(&mut late, "for Acme's eyes", &once).await;
        let of_the_late = late.get(&back).await;
        let said = "This was refused before, and is not done from that page any more.";
        assert!(of_the_late.body.contains(said), "{}", of_the_late.body);
        // Who means it sends it again.
        let again = key_of_the_form(&page.body);
        assert_eq!(
            send_plain(&mut ada, "for Acme's eyes", &again).await,
            "/notes"
        );
        assert_eq!(told(&mut ada).await.unwrap().len(), 1);
        app.switch_organization(&mut ada, "Acme").await;
        assert_eq!(told(&mut ada).await, Some(Vec::new()));
        // It was Globex's page, and it was done there.
        assert_eq!(
            send_plain(&mut ada, "for Acme's eyes", &again).await,
            "/notes"
        );
        assert_eq!(told(&mut ada).await, None);
    }
}

#[tokio::test]
async fn what_is_typed_into_the_page_of_one_user_is_not_written_by_another() {
    let app = App::start().await;
    let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let once = key_of_the_form(&ada.get("/notes").await.body);
    let headers = [
        ("accept", "application/json"),
        ("idempotency-key", &*once),
        ("origin", app.authkit.origin()),
    ];
    let form = [("text", "by Ada")];
    let sent_by = async |browser: &mut Browser| {
        let method = reqwest::Method::POST;
        browser
            .send(method, "/api/write_note", &headers, Some(&form))
            .await
    };
    let answer = sent_by(&mut grace).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    assert_eq!(answer.json()["code"], "page_of_another");
    let answer = sent_by(&mut ada).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(told(&mut grace).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_key_in_a_cookie_is_for_the_forms_of_the_user_whose_page_has_left_it() {
    let app = App::start().await;
    let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let key = key_of_the_form(&ada.get("/notes").await.body);
    let cookie = format!("live-again={}", URL_SAFE_NO_PAD.encode(&key));
    for (browser, is_theirs) in [(&mut ada, true), (&mut grace, false)] {
        let address = "/notes?refused=unconfirmed";
        let page = browser.get_with(address, &[("cookie", &cookie)]).await;
        assert!(page.body.contains("The database did not confirm it."));
        let found = key_of_the_form(&page.body);
        assert_eq!(found == key, is_theirs, "{found}");
    }
}

#[tokio::test]
async fn a_page_that_comes_for_an_earlier_refused_form_leaves_the_later_one_of_another_tab() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        let [earlier, later] = [0, 1].map(|nth| format!("{nth}{}", "x".repeat(300)));
        let tab = send_plain(&mut ada, &earlier, "").await;
        let other = send_plain(&mut ada, &later, "").await;
        assert!(!ada.get(&tab).await.body.contains(&later));
        let page = ada.get(&other).await;
        assert!(page.body.contains(&later), "{}", page.body);
        assert!(!ada.get(&other).await.body.contains(&later), "said once");
    }
}

#[tokio::test]
async fn a_long_text_that_is_refused_is_in_the_field_again() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let text = "漢".repeat(7_000);
    let back = send_plain(&mut ada, &text, "").await;
    let page = ada.get(&back).await;
    assert!(page.body.contains("these are 7,000"), "{}", page.status);
    assert!(page.body.contains(&text));
}
