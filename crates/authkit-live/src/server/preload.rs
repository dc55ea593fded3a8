//! The first answer: found while the page is rendered, or for a server function that somebody calls.

use super::{
    Live, Scope, StoreError,
    query::{Query, all_topics},
};
use crate::query::Preloaded;
use authkit_leptos::{
    AuthError,
    server::{
        guard::{self, Guarded},
        set_status,
    },
};
use http::StatusCode;
use tracing::Instrument;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PreloadError {
    /// Because of who is asking.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database: 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Live {
    /// The answer for whoever made the request that is being answered, if they pass the query's guard.
    ///
    /// Reads the request at once; the future may be awaited anywhere.
    ///
    /// # Errors
    /// [`PreloadError`]. The status is set on the answer.
    pub fn preload<Q: Query>(
        &self,
        query: Q,
    ) -> impl Future<Output = Result<Preloaded<Q>, PreloadError>> + Send + 'static {
        let caller = guard::require::<Q::Guard>();
        let live = self.clone();
        let answered = async move {
            let found = live.preload_for(&caller?, query).await;
            found.map_err(|error| {
                tracing::error!(
                    reason = "database_unavailable", query = Q::NAME, %error, "not answered"
                );
                set_status(StatusCode::SERVICE_UNAVAILABLE);
                error.into()
            })
        };
        // Whoever polls it: what the log has of it is the request's.
        answered.in_current_span()
    }

    /// The answer for a caller who has passed the query's guard: for axum handlers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn preload_for<Q: Query>(
        &self,
        caller: &Guarded<Q::Guard>,
        query: Q,
    ) -> Result<Preloaded<Q>, StoreError> {
        let scope = Q::Scope::of(caller);
        let mut read = self.read().await?;
        let revision = read.revision(all_topics(&query, &scope)).await?;
        let span = tracing::trace_span!("query", name = Q::NAME);
        let answer = query.run(&scope, &mut read).instrument(span).await?;
        Ok(Preloaded {
            query,
            revision,
            answer,
        })
    }
}
