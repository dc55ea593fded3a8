//! [`RefusedForms`]: the error and the text of a refused plain form, for the page that its sender is redirected to.
//!
//! Server functions that forms call leave one, and the page takes it, once. Stored in a session of `tower-sessions`, at
//! most one per sign-in, for ten minutes; never for signed-out callers.

use authkit_leptos::AuthState;
use authkit_leptos::server::auth_state;
use authkit_store::DetachOnDrop;
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

/// Lifetime of a refused form.
const LIFETIME: Duration = Duration::minutes(10);
/// Longest text that is stored, in bytes; of a longer one none is.
const MAX_TYPED: usize = 1_024;
/// The one value in the stored session.
const KEY: &str = "refused_form";

/// A refused form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// Why it was refused: a reason code of the feature.
    pub reason: String,
    /// The text of the form's field, if it has one.
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
    /// Stores forms in `store`.
    pub fn new(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    /// The app's store, from the context of Leptos, with the id of the caller's session; `None` for a caller without a
    /// session.
    pub fn of_session() -> Option<(Self, String)> {
        let AuthState::SignedIn(identity) = auth_state() else {
            return None;
        };
        Some((use_context()?, identity.session_id))
    }

    /// Stores a form for the page that this session's browser is redirected to, in place of an earlier one. Returns the
    /// ticket that the address of the page must have.
    ///
    /// # Errors
    /// The database's own.
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
        // A caller that hangs up must not cut a statement off.
        DetachOnDrop::new(async move { store.save(&record).await }).await?;
        Ok(ticket)
    }

    /// Removes and returns the form with this ticket, if it is still stored.
    pub async fn take(&self, session_id: &str, ticket: &str) -> Option<RefusedForm> {
        let id = id_of(session_id);
        let store = Arc::clone(&self.store);
        let taken = DetachOnDrop::new(async move {
            let record = store.load(&id).await?;
            store.delete(&id).await?;
            Ok::<_, session_store::Error>(record)
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

/// The id of the one session in the store that belongs to a sign-in.
fn id_of(session_id: &str) -> Id {
    let digest = Sha256::new()
        .chain_update("refused form ")
        .chain_update(session_id)
        .finalize();
    let (id, _) = digest.split_first_chunk().expect("32 bytes have 16");
    Id(i128::from_be_bytes(*id))
}
