//! [`RefusedForms`]: what a refused plain form leaves for the page that it leads back to: what went wrong,
//! and what was typed.
//!
//! Written by server functions that forms call, taken by pages, once. Kept in a session of `tower-sessions`,
//! of which each sign-in has one at most, for ten minutes; never for callers who are signed out.

use authkit_leptos::AuthState;
use authkit_leptos::server::auth_state;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use tower_sessions::{
    SessionStore,
    cookie::time::{Duration, OffsetDateTime},
    session::{Id, Record},
    session_store,
};

/// How long a refused form is kept.
const LIFETIME: Duration = Duration::minutes(10);
/// Longest text that is kept of what was typed, in bytes.
const MAX_TYPED: usize = 1_024;
/// The one value in the stored session.
const KEY: &str = "refused_form";

/// A refused form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// What went wrong: a reason code of the feature.
    pub reason: String,
    /// What was typed into the form's field, if it has one.
    pub typed: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    ticket: String,
    form: RefusedForm,
}

/// The refused forms of all users.
#[derive(Clone)]
pub struct RefusedForms {
    store: Arc<dyn SessionStore>,
}

impl fmt::Debug for RefusedForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefusedForms")
    }
}

impl RefusedForms {
    /// Forms that are kept in `store`.
    pub fn new(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    /// Those of the app, and the id of the caller's session; `None` for a caller who has none. Reads the context
    /// of Leptos.
    pub fn of_session() -> Option<(Self, String)> {
        let AuthState::SignedIn(identity) = auth_state() else {
            return None;
        };
        Some((use_context()?, identity.session_id))
    }

    /// Leaves a form for the page that this session's browser is led to. The ticket that the page's address
    /// must carry. What the session left before is gone.
    ///
    /// # Errors
    /// When the database does not take it.
    pub async fn leave(
        &self,
        session_id: &str,
        mut form: RefusedForm,
    ) -> Result<String, session_store::Error> {
        if form.typed.len() > MAX_TYPED {
            form.typed.clear();
        }
        let mut random = [0; 9];
        getrandom::fill(&mut random)
            .map_err(|error| session_store::Error::Backend(error.to_string()))?;
        let ticket = URL_SAFE_NO_PAD.encode(random);
        let stored = Stored {
            ticket: ticket.clone(),
            form,
        };
        let stored = serde_json::to_value(stored)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let record = Record {
            id: id_of(session_id),
            data: [(KEY.to_owned(), stored)].into(),
            expiry_date: OffsetDateTime::now_utc() + LIFETIME,
        };
        let store = Arc::clone(&self.store);
        to_the_end(async move { store.save(&record).await }).await?;
        Ok(ticket)
    }

    /// Takes the form that was left with this ticket, if it is still there.
    pub async fn take(&self, session_id: &str, ticket: &str) -> Option<RefusedForm> {
        let id = id_of(session_id);
        let store = Arc::clone(&self.store);
        let taken = to_the_end(async move {
            let record = store.load(&id).await?;
            store.delete(&id).await?;
            Ok(record)
        });
        let mut record = match taken.await {
            Ok(record) => record?,
            Err(error) => {
                tracing::warn!(%error, "a refused form can't be shown");
                return None;
            }
        };
        let stored: Stored = serde_json::from_value(record.data.remove(KEY)?).ok()?;
        (stored.ticket == ticket).then_some(stored.form)
    }
}

/// In a task of its own: a caller who hangs up must not cut a statement off.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = session_store::Result<T>> + Send + 'static,
) -> session_store::Result<T> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(session_store::Error::Backend(error.to_string())))
}

/// One session of the store for each sign-in: a form that is refused takes the place of the one before.
fn id_of(session_id: &str) -> Id {
    let digest = Sha256::new()
        .chain_update("refused form ")
        .chain_update(session_id)
        .finalize();
    let (id, _) = digest.split_first_chunk().expect("32 bytes have 16");
    Id(i128::from_be_bytes(*id))
}
