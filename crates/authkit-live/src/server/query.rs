//! [`Query`]: the server half of a [`LiveQuery`]: who may ask, and how the answer is found.

use super::{StoreError, store::Read};
use crate::query::{LiveQuery, Topic};
use authkit_leptos::server::guard::{Guard, Guarded};
use serde::{Serialize, de::DeserializeOwned};

/// What the server knows of a query. An app implements it in a `server/` folder.
pub trait Query: LiveQuery {
    /// Who may ask. Checked when a page starts to follow the query, again with each new access token, and when
    /// the guard [holds no more](Guard::holds_until).
    type Guard: Guard;

    /// What the answer depends on besides the arguments: `()` if everybody who may ask gets the same,
    /// the organization's id, or the user's. The query is run once for all who share arguments and scope.
    type Scope: Clone + Serialize + DeserializeOwned + PartialEq + Send + Sync + 'static;

    /// The scope of this caller.
    fn scope(&self, caller: &Guarded<Self::Guard>) -> Self::Scope;

    /// The topics whose changes change the answer; at least one.
    fn topics(&self, scope: &Self::Scope) -> Vec<Topic>;

    /// Finds the answer, in one state of the database.
    fn run(
        &self,
        scope: &Self::Scope,
        read: &mut Read,
    ) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}
