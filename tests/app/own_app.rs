//! What an app of another shape gets of the process: its own routes, the protection of its features, and its say in a sign-in.

use super::{
    redirect_uris::workos,
    support::{ADA, ALAN, App, Browser, GRACE, Log, SESSION, emulator_settings, settings},
};
use authkit_app::{
    App as OwnApp, AppContext, AppRoute, OnSignIn, PageContext, Server, Settings, StartError,
    inspect::{Inspect, inspect_form},
};
use authkit_leptos::{
    AuthProvider, auth_state,
    server::{
        Admit, AuthKit, Listing, Protection, Refusal, SignIn,
        guard::{AuthKitUser, Guarded, HasRole},
    },
    slug, use_token_claims,
};
use authkit_live::{
    KEY_HEADER, Mutation,
    server::{Feature, Features, Mutate, Never, Outcome, Store, Write},
};
use axum::routing::get;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, generate_route_list_with_exclusions};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::migrate::Migrator;
use std::{
    convert::Infallible,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

static MIGRATIONS: Migrator = sqlx::migrate!();
/// How often it was told that it is about to serve.
static STARTS: AtomicUsize = AtomicUsize::new(0);
static FEATURES: LazyLock<Features> = LazyLock::new(|| {
    let reports = Feature::new("reports");
    let reports = reports.protection(|it| it.require::<AuthKitUser>(["/report.txt"]));
    Features::new([reports.mutation::<CloseBooks>()])
});

slug! {
    Admin = "admin"
}

/// For administrators, once a year.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct CloseBooks {
    year: u16,
}

impl Mutation for CloseBooks {
    const NAME: &'static str = "close_books";
    type Answer = u16;
}

impl Mutate for CloseBooks {
    type Guard = HasRole<Admin>;
    type Refusal = Never;

    async fn run(&self, _: &Guarded<HasRole<Admin>>, _: &mut Write) -> Outcome<Self> {
        Ok(self.year)
    }
}

/// Has a page that lists its routes, a file, and refuses Alan.
struct Own;

impl OwnApp for Own {
    const OUTPUT_NAME: &'static str = "own";
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;

    fn features() -> &'static Features {
        &FEATURES
    }

    fn protection() -> Protection {
        Protection::new().unauthenticated_paths(["/", "/report.txt", "/developers", "/inspect"])
    }

    fn published_claims() -> &'static [&'static str] {
        &["urn:own:tenant"]
    }

    fn pages(_debug: bool) -> Vec<AxumRouteListing> {
        generate_route_list_with_exclusions(pages, None)
    }

    fn shell(_context: PageContext) -> impl IntoView + 'static {
        pages()
    }

    fn not_found(_context: PageContext) -> impl IntoView + 'static {
        "There is no such page."
    }

    fn routes(debug: bool) -> Vec<AppRoute> {
        let report = AppRoute::new("/report.txt", |context| {
            let store = context.store.clone();
            get(async move || {
                let mut read = store.read().await.unwrap();
                let users = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM users");
                let users = users.fetch_one(&mut *read).await.unwrap();
                format!("A report of {users} user")
            })
        });
        let developers = AppRoute::new("/developers", |_| get(async || "For developers"));
        let inspect = inspect_form("/inspect", |_: &PageContext| pages());
        [report, inspect]
            .into_iter()
            .chain(debug.then_some(developers))
            .collect()
    }

    fn on_start(_authkit: &AuthKit, _context: &AppContext) {
        STARTS.fetch_add(1, Ordering::SeqCst);
    }

    fn on_sign_in(_store: &Store) -> Option<OnSignIn> {
        Some(OnSignIn::new(|it: SignIn| async move {
            Ok::<_, Infallible>(match it.user.email.as_str() {
                ALAN => Admit::No(Refusal {
                    code: "not_alan",
                    sentence: "Anybody but Alan.".to_owned(),
                }),
                _ => Admit::Yes,
            })
        }))
    }
}

fn pages() -> impl IntoView {
    view! {
        <Router>
            <FlatRoutes fallback=|| ()>
                <Route path=path!("/") view=home />
                <Route path=path!("/inspect") view=inspection />
                <Route path=path!("/tenant") view=tenant />
            </FlatRoutes>
        </Router>
    }
}

fn home() -> impl IntoView {
    let listing = expect_context::<Arc<Listing>>();
    let routes = listing.routes.iter().map(|it| it.route.clone());
    routes.collect::<Vec<_>>().join(" ")
}

#[derive(Clone, PartialEq, Deserialize)]
struct Tenant {
    #[serde(rename = "urn:own:tenant")]
    name: String,
}

/// Shows a claim that the app publishes, and carries it to the islands.
fn tenant() -> impl IntoView {
    let claims = use_token_claims::<Tenant>();
    let name = move || claims.get().map(|it| it.name);
    view! { <AuthProvider initial=auth_state()><b>{name}</b></AuthProvider> }
}

/// The page for developers, with the routes: its answer to a form has them, too.
fn inspection() -> impl IntoView {
    let show_id = |id: String, _| view! { <code>{id}</code> }.into_any();
    view! { {home()} <Inspect path="/inspect" show_id /> }
}

async fn start(changed: impl FnOnce(Settings) -> Settings) -> App {
    let data = tempfile::tempdir().unwrap();
    let settings = changed(settings(&data, emulator_settings()));
    let clock = settings.clock.clone();
    let server = Server::build::<Own>(settings).await.unwrap();
    App::of(server, clock, data)
}

#[tokio::test]
async fn a_route_of_its_own_is_listed_and_protected_as_its_feature_says() {
    let app = start(|it| it).await;
    let listed = app.browser().get("/").await.body;
    for route in ["/report.txt", "/developers", "/"] {
        assert!(listed.contains(route), "no {route} in {listed}");
    }
    // Public by the app, for users only by the feature.
    let refused = app.browser().get("/report.txt").await;
    assert_eq!(refused.status, StatusCode::FOUND, "{}", refused.body);
    assert!(refused.header("location").starts_with("/sign-in"));
    let report = app.signed_in(ADA).await.get("/report.txt").await;
    assert!(report.body.starts_with("A report"), "{}", report.body);
}

#[tokio::test]
async fn what_it_has_no_page_for_the_login_shows() {
    let app = start(|it| it).await;
    let signed_out = app.browser().get("/signed-out").await;
    assert_eq!(signed_out.status, StatusCode::OK, "{}", signed_out.body);
    assert!(
        signed_out.body.contains("Sign in again"),
        "{}",
        signed_out.body
    );
    let absent = app.browser().get("/absent").await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_it_publishes_of_the_claims_is_in_its_pages_and_nothing_else_nor_too_much() {
    let app = start(|it| it).await;
    let (log, _guard) = Log::capture("error");
    let page = async |tenant: &str| {
        let template = json!({"urn:own:tenant": tenant, "urn:own:secret": "s3cr3t"});
        let template = template.as_object().unwrap().clone();
        app.control.set_token_template(template).unwrap();
        let page = app.signed_in(ADA).await.get("/tenant").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains(ADA), "it has the identity");
        assert!(!page.body.contains("s3cr3t"), "{}", page.body);
        page.body
    };
    let acme = page("acme <7>").await;
    assert!(acme.contains("<b>acme &lt;7&gt;</b>"), "{acme}");
    assert_eq!(acme.matches("urn:own:tenant").count(), 1, "{acme}");
    assert!(!acme.contains("acme <7>"), "{acme}");
    assert!(!log.text().contains("published_claims_too_long"));
    let too_long = page(&"x".repeat(1_024)).await;
    assert!(!too_long.contains("urn:own:tenant"), "{too_long}");
    assert!(!too_long.contains("xxx"), "{too_long}");
    let log = log.text();
    assert!(log.contains("published_claims_too_long"), "{log}");
}

#[tokio::test]
async fn it_is_told_before_it_serves_and_its_routes_and_pages_have_what_the_process_has() {
    let before = STARTS.load(Ordering::SeqCst);
    let app = start(|it| it).await;
    assert!(STARTS.load(Ordering::SeqCst) > before);
    let users = app.signed_in(ADA).await.get("/report.txt").await;
    assert_eq!(users.body, "A report of 1 user");
    let form = [("token", "not-a-token")];
    let mut browser = app.browser();
    let page = browser
        .send(Method::POST, "/inspect", &[], Some(&form))
        .await;
    let page = page.body;
    assert!(page.contains("The pasted token"), "{page}");
    assert!(page.contains("/report.txt"), "{page}");
}

#[tokio::test]
async fn who_has_lost_the_right_since_is_told_what_they_did_and_does_nothing_more() {
    let app = start(|it| it).await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut ada = app.signed_in(ADA).await;
    let close = async |browser: &mut Browser, key: &str, year: &str| {
        let headers = [("accept", "application/json"), (KEY_HEADER, key)];
        let form = Some(&[("year", year)][..]);
        let path = CloseBooks::path();
        browser.send(Method::POST, &path, &headers, form).await
    };
    let done = close(&mut ada, "a-key-of-the-first-time", "2025").await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    app.control.set_role(ADA, &acme, "member").unwrap();
    ada.post("/auth/refresh").await;
    // The answer was lost, and the page asks again.
    let again = close(&mut ada, "a-key-of-the-first-time", "2025").await;
    assert_eq!(
        (again.status, again.body),
        (StatusCode::OK, done.body.clone())
    );
    for (key, year) in [
        ("a-key-of-the-first-time", "2026"),
        ("a-key-of-another-time", "2025"),
    ] {
        let refused = close(&mut ada, key, year).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    }
    // The key of one user finds nothing for another.
    let mut grace = app.signed_in(GRACE).await;
    let refused = close(&mut grace, "a-key-of-the-first-time", "2025").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
}

#[tokio::test]
async fn a_route_for_developers_is_not_there_in_production() {
    let app = start(|it| it).await;
    assert_eq!(
        app.browser().get("/developers").await.body,
        "For developers"
    );
    let app = start(|it| Settings {
        production: true,
        ..it
    })
    .await;
    for path in ["/developers", "/inspect"] {
        let absent = app.browser().post(path).await;
        let status = absent.status;
        assert!(
            status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED,
            "{path}: {status}"
        );
    }
    let page = app.browser().get("/inspect").await.body;
    assert!(!page.contains("Check a token"), "{page}");
}

#[tokio::test]
async fn a_redirect_uri_at_a_route_of_its_own_stops_the_start() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings(&data, workos("http://localhost:3000/report.txt"));
    let Err(error) = Server::build::<Own>(settings).await else {
        panic!("started");
    };
    assert!(matches!(error, StartError::RedirectPath(_)), "{error}");
}

#[tokio::test]
async fn the_app_is_asked_of_those_whom_the_allowed_domains_admit() {
    let app = start(|it| it).await;
    assert!(signs_in(&app, ADA).await);
    assert!(!signs_in(&app, ALAN).await);
    // The app has no page for it: the login has.
    let refused = app.browser().sign_in("/sign-in", ALAN).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert!(
        refused.body.contains("Anybody but Alan."),
        "{}",
        refused.body
    );

    let domains = vec![ADA.rsplit_once('@').unwrap().1.to_owned()];
    let app = start(|it| Settings {
        allowed_domains: Some(domains),
        ..it
    })
    .await;
    assert!(signs_in(&app, GRACE).await);
    assert!(!signs_in(&app, ALAN).await);

    let app = start(|it| Settings {
        allowed_domains: Some(vec!["elsewhere.example".to_owned()]),
        ..it
    })
    .await;
    assert!(!signs_in(&app, ADA).await);
}

async fn signs_in(app: &App, email: &str) -> bool {
    let mut browser: Browser = app.browser();
    browser.sign_in("/sign-in", email).await;
    browser.cookies.keys().any(|name| name.starts_with(SESSION))
}
