//! The server half of live queries, put together in [`Live`].
//!
//! An app makes one [`Live`] over its [`Store`], registers its queries, and gives it to its pages and
//! server functions. Knows no table but its own, `live_topic`.

mod address;
mod api;
mod budget;
mod columns;
mod feature;
#[cfg(test)]
mod fuzz;
mod handshake;
mod key;
mod list;
pub mod metrics;
mod mutate;
mod news;
mod once;
mod page;
mod perform;
mod places;
mod plain_form;
mod preload;
mod problem;
mod query;
mod refused_forms;
mod registered;
mod room;
mod rooms;
mod rows;
mod scope;
mod sent;
mod store;
mod stream;
mod turn;

pub use address::arguments_of_address;
#[doc(no_inline)]
pub use authkit_store::StoreError;
pub use columns::Bit;
pub use feature::{Feature, Features, Link};
pub use list::{List, ListForm, LiveList, OnlyFor, use_form};
pub use mutate::{Failed, Gone, Mutate, Never, Outcome, Reason, Refusal};
pub use page::{Opened, live_page};
pub use preload::PreloadError;
pub use query::Query;
pub use scope::{OfOrganization, OfUser, Scope};
pub use store::{Read, Store, Write};

use super::{STREAM, list::HtmlRow, mutation::path_of};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use jiff::Timestamp;
use places::Places;
use refused_forms::{RefusedForms, SWEEP_INTERVAL};
use registered::{Named, Registered};
use rooms::Rooms;
use std::{
    borrow::Cow,
    collections::HashMap,
    convert::identity,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::{Semaphore, watch};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// How long [`Live::close`] waits for pages to be told.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// How many streams a session may have open, unless the app says otherwise. Each tab has one.
const STREAMS_PER_SESSION: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Open streams of anonymous callers, all together. Each ends after ten seconds.
const ANONYMOUS_STREAMS: usize = 256;

/// Live queries of one app. Cheap to clone.
///
/// ```no_run
/// # use authkit_live::server::{Live, Query, Store};
/// # async fn start<ListNumbers: Query>(store: Store) {
/// let live = Live::builder(store).query::<ListNumbers>().start();
/// let router: axum::Router = live.routes(); // inside AuthKit::layer()
/// # }
/// ```
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    queries: HashMap<Cow<'static, str>, Box<dyn Registered>>,
    api: Vec<Route>,
    refused_forms: RefusedForms,
    rooms: Arc<Rooms>,
    /// Whether this process hears of changes in others no more.
    behind: watch::Sender<bool>,
    closing: CancellationToken,
    streams: TaskTracker,
    places: Arc<Places>,
    anonymous: Arc<Semaphore>,
    /// Ends what goes on in the background once nobody has a [`Live`] any more.
    _background: DropGuard,
}

/// Puts the route of a query or mutation into a router.
type Route = fn(Router<Live>) -> Router<Live>;

/// A [`Live`] in the making: see [`Live::builder`].
#[must_use]
pub struct Builder {
    store: Store,
    queries: HashMap<Cow<'static, str>, Box<dyn Registered>>,
    api: Vec<Route>,
    streams_per_session: NonZeroUsize,
}

impl Builder {
    /// Registers a query: pages can follow it then, and programs ask it, by `GET /api/` and its name.
    ///
    /// # Panics
    /// When there is another of the same name, or a name that can't be in a path.
    pub fn query<Q: Query>(mut self) -> Self {
        let name = Q::NAME;
        assert_is_name(name);
        let named = Named::<Q, Q::Answer> { written: identity };
        let known = self.queries.insert(name.into(), Box::new(named));
        assert!(known.is_none(), "there are two queries named {name:?}");
        self.api
            .push(|router| router.route(&path_of(Q::NAME), get(api::ask::<Q>)));
        self
    }

    /// Registers a [list](List): the [query](Self::query), and its rows as HTML, which pages follow that show them by
    /// [`LiveList`].
    ///
    /// # Panics
    /// As [`query`](Self::query) does.
    pub fn list<L: List>(mut self) -> Self {
        self = self.query::<L>();
        let as_html = Named::<L, Vec<HtmlRow>> {
            written: list::html_rows::<L>,
        };
        self.queries
            .insert(list::html_name::<L>().into(), Box::new(as_html));
        self
    }

    /// Registers a mutation: pages, forms and programs can ask for it then, by `POST` to its
    /// [`path`](crate::Mutation::path).
    ///
    /// # Panics
    /// For a name that can't be in a path; [`Live::routes`] panics when there is another of the same name.
    pub fn mutation<M: Mutate>(mut self) -> Self {
        assert_is_name(M::NAME);
        self.api
            .push(|router| router.route(&M::path(), post(api::mutate::<M>)));
        self
    }

    /// Registers the queries and mutations of these features.
    ///
    /// # Panics
    /// As [`query`](Self::query) and [`mutation`](Self::mutation) do.
    pub fn features(self, features: &Features) -> Self {
        features.register(self)
    }

    /// How many streams a session may have open at once in this process; 256 unless this is called. One
    /// more is refused with 429, and the page tries again later.
    pub fn streams_per_session(mut self, most: NonZeroUsize) -> Self {
        self.streams_per_session = most;
        self
    }

    /// Starts to hear of changes. The database's tables must be there.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn start(self) -> Live {
        let Self {
            store,
            queries,
            api,
            streams_per_session,
        } = self;
        let refused_forms = RefusedForms::new(store.shared());
        let (commits, news) = (store.commits(), store.listen());
        let rooms = Arc::new(Rooms::new(store.clone()));
        let behind = watch::Sender::new(false);
        let background = CancellationToken::new();
        let own = news::hear_own(Arc::clone(&rooms), commits);
        let others = news::hear_others(Arc::clone(&rooms), news, behind.clone());
        tokio::spawn(background.clone().run_until_cancelled_owned(own));
        tokio::spawn(background.clone().run_until_cancelled_owned(others));
        let sweeping = sweep(store.clone(), refused_forms.clone());
        tokio::spawn(background.clone().run_until_cancelled_owned(sweeping));
        let inner = Inner {
            queries,
            api,
            refused_forms,
            rooms,
            behind,
            closing: CancellationToken::new(),
            streams: TaskTracker::new(),
            places: Arc::new(Places::new(streams_per_session)),
            anonymous: Arc::new(Semaphore::new(ANONYMOUS_STREAMS)),
            _background: background.drop_guard(),
        };
        Live {
            inner: Arc::new(inner),
        }
    }
}

impl Live {
    /// Live queries over a database.
    pub fn builder(store: Store) -> Builder {
        Builder {
            store,
            queries: HashMap::new(),
            api: Vec::new(),
            streams_per_session: STREAMS_PER_SESSION,
        }
    }

    /// One state of the database: see [`Store::read`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self) -> Result<Read, StoreError> {
        self.inner.rooms.store.read().await
    }

    /// A transaction that writes: see [`Store::write`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self) -> Result<Write, StoreError> {
        self.inner.rooms.store.write().await
    }

    /// How often queries have been run for those who follow them: once per change, however many they are.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.inner.rooms.runs.load(Ordering::Relaxed)
    }

    /// Whether pages can follow what is called this.
    fn is_registered(&self, name: &str) -> bool {
        self.inner.queries.contains_key(name)
    }

    /// Sets the gauges among the [`metrics`], as they are now: for who is asked for them.
    pub fn measure(&self) {
        let Inner { streams, rooms, .. } = &*self.inner;
        metrics::followed(streams.len(), rooms.count(), self.runs());
        rooms.store.shared().measure();
    }

    /// The route of the stream, and of its turns over HTTP; and those of queries and mutations, under `/api/`. Merge it
    /// into the app's router **inside** of [`AuthKit::layer`](authkit_leptos::server::AuthKit::layer) and of
    /// [`same_origin_layer`](authkit_leptos::server::same_origin_layer).
    ///
    /// # Panics
    /// When two mutations, or a query and a mutation, have the same name.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let stream = Router::new().route(STREAM, get(handshake::open).post(turn::take));
        let api = self.inner.api.iter();
        api.fold(stream, |router, route| route(router))
            .layer(DefaultBodyLimit::max(sent::MAX_BYTES))
            .with_state(self.clone())
    }

    /// Ends all streams, with [`RESTART`](super::close::RESTART): pages connect again, to whoever is
    /// there then. Call it when the server stops; returns when all have been told, or after two seconds.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.streams.close();
        let told = self.inner.streams.wait();
        if tokio::time::timeout(CLOSE_PATIENCE, told).await.is_err() {
            let streams = self.inner.streams.len();
            tracing::debug!(streams, "not all pages were told that the server stops");
        }
    }
}

/// Removes refused forms that nobody has come for, and keys that are old, every few minutes.
async fn sweep(store: Store, refused_forms: RefusedForms) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = refused_forms.sweep().await {
            tracing::warn!(reason = "sweep", %error, "refused forms could not be removed");
        }
        let now = Timestamp::now().as_millisecond();
        if let Err(error) = once::sweep(store.shared(), now).await {
            tracing::warn!(reason = "sweep", %error, "old keys could not be removed");
        }
    }
}

fn assert_is_name(name: &str) {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_name = !name.is_empty() && name.bytes().all(is_letter);
    assert!(is_name, "{name:?} is no name: letters, digits, `_` and `-`");
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queries = self.inner.queries.keys();
        f.debug_set().entries(queries).finish()
    }
}

/// A little more or less than `pause`: those who wait for the same thing should not all come at once.
fn jittered(pause: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.75 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}
