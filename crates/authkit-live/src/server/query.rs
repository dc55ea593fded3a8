//! [`Query`]: the server half of a [`LiveQuery`]: who may ask, and how the answer is found.

use super::{Scope, StoreError, scope, store::Read};
use crate::query::{LiveQuery, Topic};
use authkit_leptos::server::guard::{Guard, Guarded};

/// What the server knows of a query.
pub trait Query: LiveQuery {
    /// Who may ask. Checked when a page starts to follow the query, again with each new access token, and when
    /// the guard [holds no more](Guard::holds_until).
    type Guard: Guard;

    /// What the answer depends on besides the arguments: `()` if everybody who may ask gets the same,
    /// [`OfOrganization`](super::OfOrganization), or [`OfUser`](super::OfUser). The query is run once for all who share arguments
    /// and scope.
    type Scope: Scope<Self::Guard>;

    /// The topics whose changes change the answer; at least one. By default [its own](Self::topic) alone. Who says others says
    /// that one, too, if mutations do.
    fn topics(&self, scope: &Self::Scope) -> Vec<Topic> {
        vec![Self::topic(scope)]
    }

    /// Finds the answer, in one state of the database.
    fn run(
        &self,
        scope: &Self::Scope,
        read: &mut Read,
    ) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;

    /// Its own topic in this scope, whatever the arguments. Pages hear of it, with the scope as JSON in it. Processes of a
    /// program in which query or scope is written otherwise have another: until all are replaced, pages miss what the others
    /// write.
    fn topic(scope: &Self::Scope) -> Topic {
        match scope::written(scope).as_deref() {
            Some("null") => Self::NAME.to_owned(),
            Some(scope) => [Self::NAME, " ", scope].concat(),
            // No page follows this topic: `Registered::ask` refuses a caller with such a scope.
            None => [Self::NAME, " unwritable"].concat(),
        }
    }

    /// Its own topic in the scope of this caller: what a mutation says has [changed](super::Write::changed).
    /// Callers with another scope do not hear of it: what changes for them needs their [topic](Self::topic).
    fn topic_of<G>(caller: &Guarded<G>) -> Topic
    where
        Self::Scope: Scope<G>,
    {
        Self::topic(&<Self::Scope as Scope<G>>::of(caller))
    }
}

/// The topics that are counted in a revision. With the query's own where there are several scopes: a page that comes back in
/// another scope has then never seen what it is to be shown, whatever [`Query::topics`] says.
pub(super) fn all_topics<Q: Query>(query: &Q, scope: &Q::Scope) -> Vec<Topic> {
    let (mut topics, own) = (query.topics(scope), Q::topic(scope));
    if own != Q::NAME && !topics.contains(&own) {
        topics.push(own);
    }
    topics
}
