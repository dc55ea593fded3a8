//! Queries whose arguments change: the example of notes, over HTTP and on the stream, on a real database.
//!
//! What the browser adds is tested in end2end/tests/arguments.spec.ts.

use crate::{
    notes::{
        Count, CountNotes, FirstNotes, ListNotes, NoteId, Notes, Search, page as pages, write,
    },
    page::{Page, key},
    support::{ADA, App, Browser},
    tally::{Place, on_both_databases},
};
use authkit_live::{
    FromServer, LiveQuery, Problem, Revision, link_to,
    server::{Live, Store},
};
use axum::{
    Router,
    routing::{get, post},
};
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use url::Url;

on_both_databases! {
    pages_by_cursor_have_each_note_once_whatever_is_added_meanwhile,
    a_search_finds_what_it_says_and_the_count_is_of_the_same,
    a_page_that_asks_something_else_hears_of_that_only,
    a_list_grows_to_its_end_and_no_further,
    a_note_from_a_form_is_in_every_page_it_belongs_to,
}

/// The example, as a process: its pages without scripts, and its stream.
struct Server {
    live: Live,
    url: Url,
    origin: String,
    running: tokio::task::JoinHandle<()>,
    _place: Place,
}

impl Server {
    async fn start(place: Place, app: &App) -> Self {
        let store = match &place {
            Place::Sqlite(path, _) => Store::sqlite(path).await.unwrap(),
            Place::Postgres(url) => Store::postgres(url).await.unwrap(),
        };
        let migrations = sqlx::migrate!("crates/authkit-live/examples/notes/migrations");
        store.migrate(&migrations).await.unwrap();
        let live = Live::builder(store)
            .query::<ListNotes>()
            .query::<CountNotes>()
            .query::<FirstNotes>()
            .start();
        let context = {
            let live = live.clone();
            move || provide_context(live.clone())
        };
        let list = render_app_async_with_context(context.clone(), pages::list);
        let all = render_app_async_with_context(context, pages::all);
        let router = Router::new()
            .route("/", get(list))
            .route("/all", get(all))
            .route("/add", post(write::add))
            .with_state(live.clone())
            .merge(live.routes())
            .layer(app.authkit.layer());
        let listener = tokio::net::TcpListener::bind(crate::support::ANY_PORT).await;
        let listener = listener.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self {
            live,
            url: url.parse().unwrap(),
            origin: app.authkit.origin().to_owned(),
            running: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }),
            _place: place,
        }
    }

    /// A note whose id sorts by `number`.
    async fn add(&self, number: u64, text: &str) {
        let id = String::from(id(number));
        write::insert(&self.live, &id, text).await.unwrap();
    }

    async fn page(&self, browser: &Browser) -> Page {
        Page::open(&self.url, &self.origin, browser).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// A server, and a browser that is signed in and goes there.
async fn start(place: Place) -> (App, Browser, Server) {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let server = Server::start(place, &app).await;
    browser.origin = server.url.clone();
    (app, browser, server)
}

fn id(number: u64) -> NoteId {
    format!("{number:026}").try_into().unwrap()
}

fn search(text: &str) -> Search {
    text.to_owned().try_into().unwrap()
}

fn list(text: &str) -> ListNotes {
    ListNotes {
        search: search(text),
        before: None,
    }
}

fn texts(notes: &Notes) -> Vec<&str> {
    notes.notes.iter().map(|note| note.text.as_str()).collect()
}

/// A page as HTML: its notes, the words of its count, and where its links lead.
#[derive(Debug)]
struct Shown {
    notes: Vec<String>,
    count: Option<String>,
    links: HashMap<String, String>,
    alert: Option<String>,
}

async fn shown(browser: &mut Browser, path: &str) -> Shown {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    let between = |start: &str, end: &str| {
        let parts = answer.body.split(start).skip(1);
        let parts = parts.map(|part| part.split_once(end).unwrap().0.replace("<!>", ""));
        parts.collect::<Vec<_>>()
    };
    let link = |link: String| {
        let (href, name) = link.split_once("\">").unwrap();
        (name.to_owned(), href.replace("&amp;", "&"))
    };
    Shown {
        notes: between("<li>", "</li>"),
        count: between("<p role=\"status\">", "</p>").pop(),
        links: between("<a href=\"", "</a>")
            .into_iter()
            .map(link)
            .collect(),
        alert: between("<p role=\"alert\">", "</p>").pop(),
    }
}

/// The next answers, one to each of so many queries.
async fn answers(page: &mut Page, many: usize) -> HashMap<String, Value> {
    let mut answers = HashMap::new();
    while answers.len() < many {
        match page.next::<Value>().await {
            FromServer::Answer { key, answer, .. } => answers.insert(key, answer),
            other => panic!("{other:?}"),
        };
    }
    answers
}

fn answer<Q: LiveQuery>(answers: &HashMap<String, Value>, query: &Q) -> Q::Answer {
    let answer = answers.get(&key(query));
    serde_json::from_value(answer.expect("an answer").clone()).unwrap()
}

async fn pages_by_cursor_have_each_note_once_whatever_is_added_meanwhile(place: Place) {
    let (_app, mut browser, server) = start(place).await;
    for number in 1..=25 {
        server.add(number, &format!("{number}.")).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/".to_owned());
    let mut addresses = BTreeSet::new();
    while let Some(address) = next {
        let page = shown(&mut browser, &address).await;
        assert!(page.notes.len() <= ListNotes::PAGE);
        assert_eq!(page.links.contains_key("Newest"), address != "/");
        seen.extend(page.notes);
        // On top of the first page, where nobody looks any more.
        server.add(100 + seen.len() as u64, "later").await;
        assert!(addresses.insert(address), "in a circle");
        next = page.links.get("Older").cloned();
    }
    let expected: Vec<_> = (1..=25).rev().map(|number| format!("{number}.")).collect();
    assert_eq!(seen, expected);
    assert_eq!(addresses.len(), 3);
    // A page that begins after a note that is not there, or after all.
    let beyond = ListNotes {
        before: Some(id(1)),
        ..list("")
    };
    assert!(
        shown(&mut browser, &link_to("/", &beyond))
            .await
            .notes
            .is_empty()
    );
}

async fn a_search_finds_what_it_says_and_the_count_is_of_the_same(place: Place) {
    let (_app, mut browser, server) = start(place).await;
    let texts = [
        "100%",
        "100 percent",
        "snake_case",
        "snakeXcase",
        "Wow!",
        "back\\slash",
        "it's",
        "Milk & oats",
    ];
    for (number, text) in (1..).zip(texts) {
        server.add(number, text).await;
    }
    let mut page = server.page(&browser).await;
    for (searched, found) in [
        ("", &[7, 6, 5, 4, 3, 2, 1, 0][..]),
        ("100", &[1, 0]),
        ("%", &[0]),
        ("_", &[2]),
        ("!", &[4]),
        ("\\", &[5]),
        ("'", &[6]),
        ("milk & ", &[7]),
        ("OATS", &[7]),
        ("' OR 1=1 --", &[]),
        ("snake%case", &[]),
        ("☕", &[]),
    ] {
        let queries = (
            list(searched),
            CountNotes {
                search: search(searched),
            },
        );
        page.follow(&queries.0, Revision::default()).await;
        page.follow(&queries.1, Revision::default()).await;
        let said = answers(&mut page, 2).await;
        let expected: Vec<_> = found.iter().map(|nth| texts[*nth]).collect();
        assert_eq!(
            self::texts(&answer(&said, &queries.0)),
            expected,
            "{searched}"
        );
        assert_eq!(answer(&said, &queries.1), found.len() as u64, "{searched}");
        // The page says the same without scripts, at the address that is made of the arguments.
        let html = shown(&mut browser, &link_to("/", &queries.0)).await;
        assert_eq!(html.notes.len(), found.len(), "{searched}");
        assert_eq!(html.count, Some(format!("{} notes", found.len())));
        assert_eq!(html.alert, None, "{searched}");
    }
}

async fn a_page_that_asks_something_else_hears_of_that_only(place: Place) {
    let (_app, browser, server) = start(place).await;
    server.add(1, "tea").await;
    server.add(2, "coffee").await;
    let mut page = server.page(&browser).await;
    let (tea, coffee) = (list("tea"), list("coffee"));
    page.follow(&tea, Revision::default()).await;
    assert_eq!(texts(&answer(&answers(&mut page, 1).await, &tea)), ["tea"]);

    // As the browser does: the new question is followed until it has its answer, and then the old one is left.
    page.follow(&coffee, Revision::default()).await;
    let said = answers(&mut page, 1).await;
    assert_eq!(texts(&answer(&said, &coffee)), ["coffee"]);
    page.leave(&tea).await;
    page.hears_nothing().await;
    let runs = server.live.runs();
    server.add(3, "green tea").await;
    server.add(4, "cold coffee").await;
    loop {
        let said = answers(&mut page, 1).await;
        assert_eq!(
            said.keys().collect::<Vec<_>>(),
            [&key(&coffee)],
            "not of the one that was left"
        );
        if texts(&answer(&said, &coffee)) == ["cold coffee", "coffee"] {
            break;
        }
    }
    page.hears_nothing().await;
    let ran = server.live.runs() - runs;
    assert!(
        ran <= 2,
        "once for each change, for the question that is followed: {ran}"
    );

    // Asked again, it is answered with what has happened since.
    page.follow(&tea, Revision::default()).await;
    let said = answers(&mut page, 1).await;
    assert_eq!(texts(&answer(&said, &tea)), ["green tea", "tea"]);
}

async fn a_list_grows_to_its_end_and_no_further(place: Place) {
    let (_app, mut browser, server) = start(place).await;
    for number in 1..=25 {
        server.add(number, &format!("{number}.")).await;
    }
    let mut lengths = Vec::new();
    let mut next = Some("/all".to_owned());
    while let Some(address) = next {
        let page = shown(&mut browser, &address).await;
        assert_eq!(page.notes[0], "25.");
        lengths.push(page.notes.len());
        next = page.links.get("More").cloned();
    }
    assert_eq!(lengths, [10, 20, 25]);

    let mut page = server.page(&browser).await;
    let most = FirstNotes { count: Count::MAX };
    page.follow(&most, Revision::default()).await;
    let said = answers(&mut page, 1).await;
    assert_eq!(answer(&said, &most).notes.len(), 25);
    for count in ["1001", "0", "-1", "1e2", "\"10\"", "null"] {
        let key = format!("first_notes {{\"count\":{count}}}");
        let follow = serde_json::json!({"follow": {"key": key, "seen": []}});
        page.send(&follow.to_string()).await;
        let FromServer::Refused { problem, .. } = page.next::<Value>().await else {
            panic!("{count} is answered");
        };
        assert_eq!(problem, Problem::Arguments, "{count}");
    }
    // What is refused leaves the rest as it was.
    server.add(26, "26.").await;
    let said = answers(&mut page, 1).await;
    assert_eq!(answer(&said, &most).notes.len(), 26);
}

async fn a_note_from_a_form_is_in_every_page_it_belongs_to(place: Place) {
    let (_app, mut browser, server) = start(place).await;
    let queries = (
        list("oat"),
        CountNotes {
            search: search("oat"),
        },
    );
    let mut page = server.page(&browser).await;
    page.follow(&queries.0, Revision::default()).await;
    page.follow(&queries.1, Revision::default()).await;
    let said = answers(&mut page, 2).await;
    assert_eq!(answer(&said, &queries.1), 0);
    let form = [("text", "Oat milk")];
    let added = browser.send(Method::POST, "/add", &[], Some(&form)).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let said = answers(&mut page, 2).await;
    assert_eq!(texts(&answer(&said, &queries.0)), ["Oat milk"]);
    assert_eq!(answer(&said, &queries.1), 1);
    for text in ["", "  ", "a\0b"] {
        let form = [("text", text)];
        let refused = browser.send(Method::POST, "/add", &[], Some(&form)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text:?}");
    }
}

#[tokio::test]
async fn what_an_address_says_wrong_is_told_and_left_out() {
    let (_app, mut browser, server) = start(Place::file()).await;
    server.add(1, "oats").await;
    let long = "x".repeat(101);
    for (query, refused) in [
        ("before=x", Some("before")),
        ("before=00000000000000000000000001;", Some("before")),
        ("before=0000000000000000000000000%0", Some("before")),
        (
            "before=%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5xx",
            Some("before"),
        ),
        ("search=a%00b", Some("search")),
        ("search=a%0Ab", Some("search")),
        (&format!("search={long}"), Some("search")),
        (&format!("search={long}&before=-"), Some("search, before")),
        ("search=oats&before=", None),
        ("search=&utm_source=x&search[]=y", None),
        ("search=nothing&search=oats", None),
        ("&&==&%", None),
    ] {
        let page = shown(&mut browser, &format!("/?{query}")).await;
        let said = refused.map(|names| format!("Left out of the address: {names}"));
        assert_eq!(page.alert, said, "{query}");
        assert_eq!(page.notes, ["oats"], "{query}");
    }
}

#[tokio::test]
async fn who_asks_one_thing_after_the_other_never_runs_out_of_places() {
    let (_app, browser, server) = start(Place::file()).await;
    let mut page = server.page(&browser).await;
    // More than a page (32) or a session (256) may follow at once; two messages each, of 1,024 in a burst.
    let mut before: Option<ListNotes> = None;
    for number in 0..400 {
        let query = list(&format!("note {number}"));
        page.follow(&query, Revision::default()).await;
        assert_eq!(
            answer(&answers(&mut page, 1).await, &query),
            Notes::default()
        );
        if let Some(before) = before.replace(query) {
            page.leave(&before).await;
        }
    }
    server.add(1, "note 399").await;
    let said = answers(&mut page, 1).await;
    assert_eq!(texts(&answer(&said, &before.unwrap())), ["note 399"]);
    page.hears_nothing().await;
}

/// What docs/live-arguments.md shows is the example, which is what is tested here and in the browser.
#[test]
fn the_text_shows_the_example_as_it_is() {
    let files = [
        "notes/model.rs",
        "notes/query.rs",
        "notes/page.rs",
        "notes/island.rs",
        "main.rs",
    ]
    .map(|file| format!("crates/authkit-live/examples/notes/src/{file}"));
    test_support::shows_code(
        "docs/live-arguments.md",
        &files.each_ref().map(String::as_str),
        6,
    );
}
