//! The server half of live queries, put together in [`Live`].
//!
//! An app makes one [`Live`] over its [`Store`], registers its queries, and gives it to its pages and
//! server functions. Knows no table but its own, `live_topic`.

mod address;
mod budget;
#[cfg(test)]
mod fuzz;
mod handshake;
mod news;
mod places;
mod preload;
mod query;
mod registered;
mod room;
mod rooms;
mod store;
mod stream;
mod turn;

pub use address::arguments_of_address;
#[doc(no_inline)]
pub use authkit_store::StoreError;
pub use preload::PreloadError;
pub use query::Query;
pub use store::{Read, Store, Write};

use super::STREAM;
use axum::{Router, routing::get};
use places::Places;
use registered::{Named, Registered};
use rooms::Rooms;
use std::{
    collections::HashMap,
    fmt,
    marker::PhantomData,
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
    queries: HashMap<&'static str, Box<dyn Registered>>,
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

/// A [`Live`] in the making: see [`Live::builder`].
#[must_use]
pub struct Builder {
    store: Store,
    queries: HashMap<&'static str, Box<dyn Registered>>,
    streams_per_session: NonZeroUsize,
}

impl Builder {
    /// Registers a query: pages can follow it then.
    ///
    /// # Panics
    /// When there is another of the same name, or a name with a space in it.
    pub fn query<Q: Query>(mut self) -> Self {
        let name = Q::NAME;
        assert!(
            !name.contains(' '),
            "the query {name:?} has a space in its name"
        );
        let known = self.queries.insert(name, Box::new(Named::<Q>(PhantomData)));
        assert!(known.is_none(), "there are two queries named {name:?}");
        self
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
            streams_per_session,
        } = self;
        let (commits, news) = (store.commits(), store.listen());
        let rooms = Arc::new(Rooms::new(store));
        let behind = watch::Sender::new(false);
        let background = CancellationToken::new();
        let own = news::hear_own(Arc::clone(&rooms), commits);
        let others = news::hear_others(Arc::clone(&rooms), news, behind.clone());
        tokio::spawn(background.clone().run_until_cancelled_owned(own));
        tokio::spawn(background.clone().run_until_cancelled_owned(others));
        let inner = Inner {
            queries,
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

    /// The route of the stream, and of its turns over HTTP. Merge it into the app's router **inside** of
    /// [`AuthKit::layer`](authkit_leptos::server::AuthKit::layer).
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route(STREAM, get(handshake::open).post(turn::take))
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
