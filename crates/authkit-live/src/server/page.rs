//! [`live_page`]: the page of a feature: for whoever is signed in with the answer in it, and for everybody else.
//!
//! Called by the app's route, with what the feature shows in each case. Sets the status of a page that can't be shown.

use super::{Live, Query, plain_form::refused_in_address, preload::PreloadError};
use crate::{mutation::Refused, page_start::PageStart, query::Preloaded};
use authkit_leptos::{
    AuthError, AuthState,
    server::{auth_state, set_status},
};
use http::{StatusCode, request::Parts};
use leptos::prelude::*;

/// What a page is opened with.
pub enum Opened<Q: Query> {
    /// The answer, for a user who passes the query's guard, and what the page's forms start from.
    Ready(Preloaded<Q>, PageStart),
    /// Nobody is signed in. What a form that was sent all the same led back with is in the second part.
    SignedOut(PageStart),
    /// The session can't be checked right now: the layer has set the status.
    SessionUnavailable,
    /// The database does not answer: 503. With why a form came to nothing that was sent without scripts and led back here, if
    /// the address says it.
    DatabaseUnavailable(Option<Refused>),
    /// The user does not pass the query's guard: 403, or what the error says.
    Refused(AuthError),
}

/// The page of a query: finds the answer, and shows what `show` makes of it.
///
/// For a route with `SsrMode::Async`, so that the answer is in the page without scripts too.
///
/// ```no_run
/// # use authkit_live::{Preloaded, server::{Opened, Query, live_page}};
/// # use leptos::{either::Either, prelude::*};
/// # fn list<Q: Query>(_: Preloaded<Q>) -> impl IntoView {}
/// # fn page<ListNotes: Query + Default>() -> impl IntoView {
/// live_page(ListNotes::default(), |opened| match opened {
///     Opened::Ready(notes, _) => Either::Left(list(notes)),
///     _ => Either::Right("Sign in to see your notes."),
/// })
/// # }
/// ```
///
/// # Panics
/// Without a [`Live`] in the context of Leptos.
pub fn live_page<Q: Query, V: IntoView + Send + 'static>(
    query: Q,
    show: impl FnOnce(Opened<Q>) -> V + Send + 'static,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let refused = use_context::<Parts>().and_then(|request| refused_in_address(&request));
    let start = live.page_start();
    let preloaded = match auth_state() {
        AuthState::SignedIn(_) => Ok(live.preload(query)),
        AuthState::Unavailable(_) => Err(Opened::SessionUnavailable),
        _ => Err(Opened::SignedOut(PageStart::default())),
    };
    let opened = async move {
        match preloaded {
            Ok(preloaded) => match preloaded.await {
                Ok(preloaded) => {
                    let start = start.await;
                    provide_context(start.clone());
                    Opened::Ready(preloaded, start)
                }
                Err(PreloadError::Store(_)) => Opened::DatabaseUnavailable(refused),
                Err(PreloadError::Auth(error)) => {
                    let status = StatusCode::from_u16(error.status());
                    set_status(status.unwrap_or(StatusCode::FORBIDDEN));
                    Opened::Refused(error)
                }
            },
            Err(Opened::SignedOut(_)) => Opened::SignedOut(start.await),
            Err(opened) => opened,
        }
    };
    view! { <Suspense>{Suspend::new(async move { show(opened.await) })}</Suspense> }
}
