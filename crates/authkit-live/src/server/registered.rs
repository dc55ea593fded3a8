//! Queries as the stream meets them: by name, their types known to themselves only.
//!
//! Called by `stream` for each query that a page wants to follow. Lets nobody pass whom the query's guard
//! does not.

use super::{
    Scope, StoreError,
    query::{Query, all_topics},
    scope,
    store::Read,
};
use crate::{
    message::{FromServer, Problem},
    query::{Revision, Topic, name_and_arguments},
};
use authkit_leptos::server::{
    UserIdentity,
    guard::{Guard, Guarded},
};
use axum::extract::ws::Utf8Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use tracing::Instrument;

/// A type of query.
pub trait Registered: Send + Sync {
    /// What `caller` asks with these arguments. `now` is in seconds since the epoch.
    fn ask(
        &self,
        key: &str,
        arguments: &str,
        caller: &UserIdentity,
        now: u64,
    ) -> Result<Asked, Problem>;
}

/// A question that its asker may ask.
pub struct Asked {
    /// The same for all who get the same answer: key and scope.
    pub id: String,
    /// Until when its asker may ask, in seconds since the epoch.
    pub allowed_until: u64,
    /// What the answer depends on.
    pub topics: Vec<Topic>,
    /// How it is found.
    pub question: Box<dyn Question>,
}

/// How an answer is found.
pub trait Question: Send + Sync {
    /// The message that carries the answer, written once for all.
    fn answer<'a>(
        &'a self,
        revision: Revision,
        read: &'a mut Read,
    ) -> BoxFuture<'a, Result<Utf8Bytes, StoreError>>;
}

/// The [`Registered`] of a query whose answer is sent as a `W`.
pub struct Named<Q: Query, W> {
    /// What an answer is sent as.
    pub written: fn(Q::Answer) -> W,
}

struct Scoped<Q: Query, W> {
    key: String,
    query: Q,
    scope: Q::Scope,
    written: fn(Q::Answer) -> W,
}

impl<Q: Query, W: Serialize + 'static> Registered for Named<Q, W> {
    fn ask(
        &self,
        key: &str,
        arguments: &str,
        caller: &UserIdentity,
        now: u64,
    ) -> Result<Asked, Problem> {
        let query: Q = serde_json::from_str(arguments).map_err(|_| Problem::Arguments)?;
        // Else one question could be asked in any number of ways, and be run for each.
        let is_canonical = serde_json::to_string(&query).is_ok_and(|own| own == arguments);
        if !is_canonical {
            return Err(Problem::Arguments);
        }
        let guarded = Guarded::<Q::Guard>::of(caller, now).map_err(|_| Problem::Forbidden)?;
        let scope = Q::Scope::of(&guarded);
        let written = scope::written(&scope).ok_or(Problem::Arguments)?;
        Ok(Asked {
            // JSON on one line has no line break in it.
            id: format!("{key}\n{written}"),
            allowed_until: Q::Guard::holds_until(caller, now),
            topics: all_topics(&query, &scope),
            question: Box::new(Scoped {
                key: key.to_owned(),
                query,
                scope,
                written: self.written,
            }),
        })
    }
}

impl<Q: Query, W: Serialize + 'static> Question for Scoped<Q, W> {
    fn answer<'a>(
        &'a self,
        revision: Revision,
        read: &'a mut Read,
    ) -> BoxFuture<'a, Result<Utf8Bytes, StoreError>> {
        Box::pin(async move {
            let span = tracing::trace_span!("query", name = name_and_arguments(&self.key).0);
            let answer = self.query.run(&self.scope, read).instrument(span).await?;
            let message = FromServer::Answer {
                key: self.key.clone(),
                revision,
                answer: (self.written)(answer),
            };
            let text = message.to_text();
            // A type that can't be JSON: a mistake in the app.
            Ok(text
                .map_err(|error| sqlx::Error::Encode(error.into()))?
                .into())
        })
    }
}
