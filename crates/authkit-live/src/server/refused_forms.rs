//! [`RefusedForms`]: the error and the texts of a refused plain form, for the page that its sender is redirected to.
//!
//! The handler of mutations leaves one, and the page takes it, once. Stored in a session of `tower-sessions`, at most one
//! per sign-in, for ten minutes; never for signed-out callers.

use crate::page_start::RefusedForm;
use authkit_store::{DetachOnDrop, Pool, Store};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc, time::Duration};
use tower_sessions::{
    ExpiredDeletion, SessionStore,
    cookie::time::{self, OffsetDateTime},
    session::{Id, Record},
    session_store,
};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// Lifetime of a refused form.
const LIFETIME: time::Duration = time::Duration::minutes(10);
/// Longest texts that are stored, in bytes, all together; of longer ones none is.
const MAX_TYPED: usize = super::sent::MAX_BYTES;
/// The one value in the stored session.
const KEY: &str = "refused_form";

#[derive(Serialize, Deserialize)]
struct Stored {
    ticket: String,
    form: RefusedForm,
}

/// The refused forms of all users.
#[derive(Clone)]
pub struct RefusedForms {
    sessions: Sessions,
}

#[derive(Clone)]
enum Sessions {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl fmt::Debug for RefusedForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefusedForms")
    }
}

impl RefusedForms {
    /// Stores forms in this database.
    pub fn new(store: &Store) -> Self {
        Self {
            sessions: match store.pool() {
                Pool::Sqlite(pool) => Sessions::Sqlite(SqliteStore::new(pool.clone())),
                Pool::Postgres(pool) => Sessions::Postgres(PostgresStore::new(pool.clone())),
            },
        }
    }

    /// Makes the table.
    pub async fn migrate(&self) -> Result<(), sqlx::Error> {
        match &self.sessions {
            Sessions::Sqlite(sessions) => sessions.migrate().await,
            Sessions::Postgres(sessions) => sessions.migrate().await,
        }
    }

    /// Removes those that nobody has come for.
    pub async fn sweep(&self) -> Result<(), session_store::Error> {
        match &self.sessions {
            Sessions::Sqlite(sessions) => sessions.delete_expired().await,
            Sessions::Postgres(sessions) => sessions.delete_expired().await,
        }
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
        let lengths = form
            .fields
            .iter()
            .map(|(name, text)| name.len() + text.len());
        if lengths.sum::<usize>() > MAX_TYPED {
            form.fields.clear();
        }
        let ticket = random_text().map_err(session_store::Error::Backend)?;
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
        let store = self.session_store();
        // A caller that hangs up must not cut a statement off.
        DetachOnDrop::new(async move { store.save(&record).await }).await?;
        Ok(ticket)
    }

    /// Removes and returns the form with this ticket, if it is still stored.
    pub async fn take(&self, session_id: &str, ticket: &str) -> Option<RefusedForm> {
        let id = id_of(session_id);
        let store = self.session_store();
        let ticket = ticket.to_owned();
        let taken = DetachOnDrop::new(async move {
            let record = store.load(&id).await?;
            let form = record.and_then(|record| form_of(record, &ticket));
            if form.is_some() {
                store.delete(&id).await?;
            }
            Ok::<_, session_store::Error>(form)
        });
        taken.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a refused form can't be shown");
            None
        })
    }

    fn session_store(&self) -> Arc<dyn SessionStore> {
        match &self.sessions {
            Sessions::Sqlite(sessions) => Arc::new(sessions.clone()),
            Sessions::Postgres(sessions) => Arc::new(sessions.clone()),
        }
    }
}

/// The form with this ticket: the one that is stored may be a later one, of another tab.
fn form_of(mut record: Record, ticket: &str) -> Option<RefusedForm> {
    let stored: Stored = serde_json::from_value(record.data.remove(KEY)?).ok()?;
    (stored.ticket == ticket).then_some(stored.form)
}

/// 120 bits by chance, as text for addresses and fields.
pub fn random_text() -> Result<String, String> {
    let mut random = [0; 15];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    Ok(URL_SAFE_NO_PAD.encode(random))
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

/// How often expired forms and old keys are removed.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
