//! What islands call: [`use_live_query`] and [`use_connection`].
//!
//! On the server they give what the page was made with, and nothing else happens. Never fetches the first
//! answer again.

use super::shown::{Asking, Shown};
use crate::{
    connection::Connection,
    query::{LiveQuery, Preloaded, Revision, Written},
};
use leptos::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shows the answer that came with the page, and from then on the one the database has.
///
/// Call it in the body of an island. The answer is a prop, found on the server by
/// [`Live::preload`](super::server::Live::preload), so nothing is fetched twice and nothing flashes. All
/// queries of a page share one stream, which opens with the first of them, connects again by itself,
/// and goes on from the answer seen last.
///
/// ```
/// # use authkit_live::{LiveQuery, Preloaded, use_live_query};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct ListNames {}
/// impl LiveQuery for ListNames {
///     const NAME: &'static str = "list_names";
///     type Answer = Vec<String>;
/// }
///
/// #[island]
/// fn Names(preloaded: Preloaded<ListNames>) -> impl IntoView {
///     let names = use_live_query(preloaded).answer();
///     view! { <p>{move || names.get().join(", ")}</p> }
/// }
/// ```
#[must_use]
pub fn use_live_query<Q: LiveQuery>(preloaded: Preloaded<Q>) -> LiveQueryHandle<Q> {
    let Preloaded {
        query,
        revision,
        answer,
    } = preloaded;
    #[cfg(feature = "hydrate")]
    let seen = revision.clone();
    let handle = LiveQueryHandle::new(revision, answer);
    #[cfg(feature = "hydrate")]
    super::browser::follow(&query, seen, handle);
    #[cfg(not(feature = "hydrate"))]
    let _ = query;
    handle
}

/// How current the page is: see [`Connection`].
///
/// A gap that closes within a second and a half is not told.
///
/// ```
/// # use authkit_live::{Connection, use_connection};
/// # use leptos::prelude::*;
/// #[island]
/// fn State() -> impl IntoView {
///     let connection = use_connection();
///     let is_old = move || matches!(connection.get(), Connection::Reconnecting | Connection::Offline);
///     view! { <p role="status">{move || is_old().then_some("This may be out of date.")}</p> }
/// }
/// ```
#[must_use]
pub fn use_connection() -> ReadSignal<Connection> {
    #[cfg(feature = "hydrate")]
    return super::browser::connection();
    #[cfg(not(feature = "hydrate"))]
    signal(Connection::Connecting).0
}

/// A live query in the hands of an island; from [`use_live_query`].
pub struct LiveQueryHandle<Q: LiveQuery> {
    answer: ReadSignal<Q::Answer>,
    set_answer: WriteSignal<Q::Answer>,
    // Not a signal: every kind of signal adds some kilobytes to what a visitor downloads.
    shown: StoredValue<Arc<Mutex<Shown<Q::Answer>>>>,
}

impl<Q: LiveQuery> Clone for LiveQueryHandle<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: LiveQuery> Copy for LiveQueryHandle<Q> {}

impl<Q: LiveQuery> LiveQueryHandle<Q> {
    /// Shows this answer.
    pub(super) fn new(revision: Revision, answer: Q::Answer) -> Self {
        let (shows, set_answer) = signal(answer.clone());
        Self {
            answer: shows,
            set_answer,
            shown: StoredValue::new(Arc::new(Mutex::new(Shown::new(revision, answer)))),
        }
    }

    /// The answer, with the updates that are [applied](Self::apply).
    #[must_use]
    pub fn answer(self) -> ReadSignal<Q::Answer> {
        self.answer
    }

    /// A part of the answer, such as one row of a list: for a view that changes in place, and keeps the focus that is in it.
    /// Where `of` finds none any more, it stays what it was.
    ///
    /// ```
    #[doc = include_str!("../examples/ticked_row.rs")]
    /// ```
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        first: T,
        of: impl Fn(&Q::Answer) -> Option<T> + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |before: Option<&T>| {
            let now = self.answer.try_with(&of).flatten();
            now.or_else(|| before.cloned())
                .unwrap_or_else(|| first.clone())
        })
    }

    /// Shows at once what a call to the server is about to bring about.
    ///
    /// The update is made to every answer that comes, for as long as it lasts. While a call is under way,
    /// answers wait for it for up to a second, so that what it wrote is not seen twice.
    ///
    /// ```
    /// # use authkit_leptos::{AuthError, call};
    /// # use authkit_live::{LiveQuery, LiveQueryHandle, Written};
    /// # use leptos::{prelude::*, task::spawn_local};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, PartialEq, Serialize, Deserialize)]
    /// # struct ListNames {}
    /// # impl LiveQuery for ListNames {
    /// #     const NAME: &'static str = "list_names";
    /// #     type Answer = Vec<String>;
    /// # }
    /// #[server]
    /// async fn add_name(name: String) -> Result<Written, AuthError> {
    ///     # let _ = name;
    ///     // …
    ///     # Ok(Written::default())
    /// }
    ///
    /// fn add(names: LiveQueryHandle<ListNames>, name: String) {
    ///     let shown = name.clone();
    ///     let pending = names.apply(move |names| names.push(shown.clone()));
    ///     spawn_local(async move {
    ///         match call::<AddName>(&[("name", &name)]).await {
    ///             Ok(written) => pending.settle(written),
    ///             Err(_) => pending.roll_back(),
    ///         }
    ///     });
    /// }
    /// ```
    pub fn apply(self, change: impl Fn(&mut Q::Answer) + Send + Sync + 'static) -> Pending<Q> {
        let id = self.update(|shown| shown.apply(Arc::new(change)));
        Pending { query: self, id }
    }

    /// Changes what is shown, unless the island is gone by now.
    pub(super) fn update<T>(self, act: impl FnOnce(&mut Shown<Q::Answer>) -> T) -> Option<T> {
        let shown = self.shown.try_get_value()?;
        let mut shown = lock(&shown);
        let done = act(&mut shown);
        self.show(shown.to_answer());
        Some(done)
    }

    /// What has become of the last question. Follows the signal of the answer: one of its own would add some kilobytes
    /// to what a visitor downloads.
    pub(super) fn asking(self) -> Asking {
        self.answer.track();
        let shown = self.shown.try_get_value();
        let asking = |shown: Arc<Mutex<Shown<_>>>| lock(&shown).asking;
        shown.map_or(Asking::Answered, asking)
    }

    /// Tells what has become of the last question.
    #[cfg(feature = "hydrate")]
    pub(super) fn set_asking(self, asking: Asking) {
        if let Some(shown) = self.shown.try_get_value() {
            let before = std::mem::replace(&mut lock(&shown).asking, asking);
            let is_new = before != asking;
            self.set_answer.try_maybe_update(|_| (is_new, ()));
        }
    }

    fn show(self, answer: Q::Answer) {
        self.set_answer.try_maybe_update(|before| {
            let is_new = *before != answer;
            *before = answer;
            (is_new, ())
        });
    }
}

fn lock<A>(shown: &Mutex<Shown<A>>) -> MutexGuard<'_, Shown<A>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An optimistic update whose call is under way; from [`LiveQueryHandle::apply`]. Dropped, it is rolled
/// back.
#[must_use = "dropped, the update is rolled back"]
pub struct Pending<Q: LiveQuery> {
    query: LiveQueryHandle<Q>,
    /// None once it is settled, or when the island was gone already.
    id: Option<u32>,
}

impl<Q: LiveQuery> Pending<Q> {
    /// The call came to this. The update stays until an answer has it.
    pub fn settle(mut self, written: Written) {
        if let Some(id) = self.id.take() {
            self.query.update(|shown| shown.settle(id, written));
        }
    }

    /// The call came to nothing: the update is gone at once.
    pub fn roll_back(self) {}
}

impl<Q: LiveQuery> Drop for Pending<Q> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.query.update(|shown| shown.roll_back(id));
        }
    }
}
