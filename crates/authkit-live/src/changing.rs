//! What islands call for a query whose arguments change: [`use_live_query_of`].
//!
//! On the server it gives what the page was made with. A page that does not call it has none of it in its WASM.

use crate::{
    message::Problem,
    query::{LiveQuery, Preloaded},
    shown::Asking,
    ui::{LiveQueryHandle, Pending},
};
use leptos::prelude::*;

/// Shows the answer that came with the page, and from then on the answer to what `arguments` says.
///
/// `arguments` reads signals: a search, a page, a filter, often from [`use_address_bar`](crate::use_address_bar).
/// When they change, the last answer stays until the next is there, and stays current meanwhile; quick changes, as by
/// typing, are asked once they settle. An answer to an old question never replaces that to a newer one. Fixed arguments
/// need [`use_live_query`](crate::use_live_query) only.
///
/// ```
/// # use authkit_live::{LiveQuery, Preloaded, use_live_query_of};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct FindNames {
///     search: String,
/// }
/// impl LiveQuery for FindNames {
///     const NAME: &'static str = "find_names";
///     type Answer = Vec<String>;
/// }
///
/// #[island]
/// fn Names(preloaded: Preloaded<FindNames>) -> impl IntoView {
///     let (search, set_search) = signal(preloaded.query.search.clone());
///     let names = use_live_query_of(preloaded, move || FindNames { search: search.get() });
///     let answer = names.answer();
///     view! {
///         <input type="search" on:input:target=move |it| set_search.set(it.target().value()) />
///         <p aria-busy=move || names.is_waiting().to_string()>
///             {move || answer.get().join(", ")}
///         </p>
///         {move || names.refused().is_some().then_some("The server does not answer that.")}
///     }
/// }
/// ```
#[must_use]
pub fn use_live_query_of<Q: LiveQuery>(
    preloaded: Preloaded<Q>,
    arguments: impl Fn() -> Q + 'static,
) -> ChangingQuery<Q> {
    let Preloaded {
        query,
        revision,
        answer,
    } = preloaded;
    #[cfg(feature = "hydrate")]
    let seen = revision.clone();
    let changing = ChangingQuery {
        query: LiveQueryHandle::new(revision, answer),
    };
    #[cfg(feature = "hydrate")]
    super::browser::follow_changing(query, seen, changing.query, arguments);
    #[cfg(not(feature = "hydrate"))]
    let _ = (query, arguments);
    changing
}

/// A live query whose arguments change, in the hands of an island; from [`use_live_query_of`].
pub struct ChangingQuery<Q: LiveQuery> {
    query: LiveQueryHandle<Q>,
}

impl<Q: LiveQuery> Clone for ChangingQuery<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: LiveQuery> Copy for ChangingQuery<Q> {}

impl<Q: LiveQuery> ChangingQuery<Q> {
    /// The last answer, with the updates that are [applied](Self::apply).
    #[must_use]
    pub fn answer(self) -> ReadSignal<Q::Answer> {
        self.query.answer()
    }

    /// Whether the answer is still that to an older question, and another is to come: for `aria-busy`. Reactive, like a
    /// signal that is read.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        self.query.asking() == Asking::Waiting
    }

    /// Why the server does not answer what the arguments say now. The last answer stays. Reactive, like a signal that
    /// is read.
    #[must_use]
    pub fn refused(self) -> Option<Problem> {
        match self.query.asking() {
            Asking::Refused(problem) => Some(problem),
            Asking::Answered | Asking::Waiting => None,
        }
    }

    /// Shows at once what a call to the server is about to bring about: see [`LiveQueryHandle::apply`]. The update
    /// belongs to the answer that is shown, and ends when the answer to another question replaces it.
    pub fn apply(self, change: impl Fn(&mut Q::Answer) + Send + Sync + 'static) -> Pending<Q> {
        self.query.apply(change)
    }

    /// The same as a query with fixed arguments: for what takes either.
    #[must_use]
    pub fn handle(self) -> LiveQueryHandle<Q> {
        self.query
    }
}
