//! A feature made for the tests: rows that are counted, by topic, and how often somebody counted.

use crate::{
    page::Page,
    postgres::{self, Postgres},
    support::{ADA, App, Browser},
};
use authkit_leptos::server::guard::{AuthKitUser, Guarded, HasRole, SignedInWithin, Slug};
use authkit_live::{
    LiveQuery, Mutation, Topic, Written,
    server::{Live, Mutate, Never, Outcome, Query, Read, Scope, Store, StoreError, Write},
};
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::HashMap, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use url::Url;

thread_local! {
    /// How often each tally was counted, in this test: all of it runs on one thread.
    static COUNTED: RefCell<HashMap<String, usize>> = RefCell::default();
}

/// How many rows there are of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub of: String,
    /// How long the answer is, in bytes.
    pub padding: usize,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    pub rows: i64,
    pub padding: String,
}

impl Tally {
    pub fn of(kind: &str) -> Self {
        Self {
            of: kind.to_owned(),
            padding: 0,
        }
    }

    /// How often it was counted.
    pub fn runs(&self) -> usize {
        COUNTED.with_borrow(|counted| counted.get(&self.of).copied().unwrap_or(0))
    }
}

impl LiveQuery for Tally {
    const NAME: &'static str = "tally";
    type Answer = Counted;
}

impl Query for Tally {
    type Guard = AuthKitUser;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec![self.of.clone()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<Counted, StoreError> {
        COUNTED.with_borrow_mut(|counted| {
            *counted.entry(self.of.clone()).or_default() += 1;
        });
        let rows = sqlx::query_scalar("SELECT COUNT(*) FROM tally WHERE kind = $1");
        let rows = rows.bind(&self.of).fetch_one(read.db()).await?;
        Ok(Counted {
            rows,
            padding: "x".repeat(self.padding),
        })
    }
}

/// Those who are in none share a scope, too.
#[derive(Serialize)]
pub struct OrganizationIfAny(Option<String>);

impl<G> Scope<G> for OrganizationIfAny {
    fn of(caller: &Guarded<G>) -> Self {
        Self(caller.organization_id().map(str::to_owned))
    }
}

/// The organization of whoever asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ours;

impl LiveQuery for Ours {
    const NAME: &'static str = "ours";
    type Answer = Option<String>;
}

impl Query for Ours {
    type Guard = AuthKitUser;
    type Scope = OrganizationIfAny;

    fn topics(&self, _: &OrganizationIfAny) -> Vec<Topic> {
        vec!["ours".to_owned()]
    }

    async fn run(
        &self,
        scope: &OrganizationIfAny,
        _: &mut Read,
    ) -> Result<Option<String>, StoreError> {
        Ok(scope.0.clone())
    }
}

/// What only administrators may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Secret;

/// A role that nobody has.
pub struct Nobody;
impl Slug for Nobody {
    const SLUG: &'static str = "nobody";
}

impl LiveQuery for Secret {
    const NAME: &'static str = "secret";
    type Answer = ();
}

impl Query for Secret {
    type Guard = HasRole<Nobody>;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec!["secret".to_owned()]
    }

    async fn run(&self, (): &(), _: &mut Read) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What only administrators of an organization may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Administrators;

/// Their role.
pub struct Admin;
impl Slug for Admin {
    const SLUG: &'static str = "admin";
}

impl LiveQuery for Administrators {
    const NAME: &'static str = "administrators";
    type Answer = ();
}

impl Query for Administrators {
    type Guard = HasRole<Admin>;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec!["administrators".to_owned()]
    }

    async fn run(&self, (): &(), _: &mut Read) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What only those may ask who have signed in within the last four seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent;

impl LiveQuery for Recent {
    const NAME: &'static str = "recent";
    type Answer = ();
}

impl Query for Recent {
    type Guard = (AuthKitUser, SignedInWithin<4>);
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec!["recent".to_owned()]
    }

    async fn run(&self, (): &(), _: &mut Read) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Takes a name that nobody has. The database sees to it that nobody has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeName {
    pub name: String,
}

impl Mutation for TakeName {
    const NAME: &'static str = "take_name";
    type Answer = String;
}

impl Mutate for TakeName {
    type Guard = AuthKitUser;
    type Refusal = Never;

    async fn run(&self, _: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
        let insert = sqlx::query("INSERT INTO taken (name) VALUES ($1)");
        insert.bind(&self.name).execute(write.db()).await?;
        write.changed("taken");
        Ok(self.name.clone())
    }
}

/// Where the rows are.
#[derive(Clone)]
pub enum Place {
    Sqlite(
        PathBuf,
        #[expect(dead_code, reason = "removes the file")] Arc<TempDir>,
    ),
    Postgres(String),
}

impl Place {
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::Sqlite(folder.path().join("tally.db"), folder.into())
    }

    pub async fn server() -> Self {
        Self::Postgres(postgres::shared().await.database().await)
    }

    pub async fn on(postgres: &Postgres) -> Self {
        Self::Postgres(postgres.database().await)
    }

    /// Connections like those of another process.
    pub async fn store(&self) -> Store {
        let store = match self {
            Self::Sqlite(path, _) => Store::sqlite(path).await.unwrap(),
            Self::Postgres(url) => Store::postgres(url).await.unwrap(),
        };
        store
            .migrate(&sqlx::migrate!("./migrations"))
            .await
            .unwrap();
        let mut write = store.write().await.unwrap();
        for create in [
            "CREATE TABLE IF NOT EXISTS tally (kind TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS taken (name TEXT NOT NULL PRIMARY KEY)",
        ] {
            sqlx::query(create).execute(&mut *write).await.unwrap();
        }
        write.commit().await.unwrap();
        store
    }
}

/// A process with live queries and a session that may ask them. Sessions are those of an app.
pub struct Server {
    pub store: Store,
    pub live: Live,
    pub url: Url,
    pub origin: String,
    _place: Place,
    running: tokio::task::JoinHandle<()>,
}

impl Server {
    /// A process of its own, as far as live queries go: it has its own rooms and connections.
    pub async fn start(place: &Place, app: &App) -> Self {
        let store = place.store().await;
        let live = Live::builder(store.clone())
            .query::<Tally>()
            .query::<Ours>()
            .query::<Secret>()
            .query::<Administrators>()
            .query::<Recent>()
            .mutation::<TakeName>()
            .start();
        let router = live.routes::<()>().layer(app.authkit.layer());
        let listener = tokio::net::TcpListener::bind(crate::support::ANY_PORT).await;
        let listener = listener.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self {
            store,
            live,
            url: url.parse().unwrap(),
            origin: app.authkit.origin().to_owned(),
            _place: place.clone(),
            running: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }),
        }
    }

    pub async fn page(&self, browser: &Browser) -> Page {
        Page::open(&self.url, &self.origin, browser).await
    }

    /// Adds a row.
    pub async fn add(&self, kind: &str) -> Written {
        self.try_add(kind).await.unwrap()
    }

    pub async fn try_add(&self, kind: &str) -> Result<Written, StoreError> {
        let mut write = self.store.write().await?;
        let insert = sqlx::query("INSERT INTO tally (kind) VALUES ($1)");
        insert.bind(kind).execute(&mut *write).await?;
        write.changed(kind);
        write.commit().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// An app for sessions, a browser that is signed in, and a server with live queries.
pub async fn start(place: &Place) -> (App, Browser, Server) {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    let server = Server::start(place, &app).await;
    (app, browser, server)
}

/// The same tests on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::tally::Place::file()).await;
            })*
        }
        mod on_postgresql {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::tally::Place::server().await).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;
