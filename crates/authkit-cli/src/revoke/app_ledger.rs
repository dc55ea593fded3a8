//! The app's own deny list, where its database is known: a session that is put there is refused by every process at once.
//!
//! Opened by `revoke`. Never makes a database or a table.

use crate::{
    app::{App, OnRevoked},
    doctor::{Database, Place, without_password},
};
use authkit_leptos::server::Ledger;
use authkit_store::Store;
use secrecy::ExposeSecret;
use std::path::Path;

/// The list, if it can be written.
pub enum AppLedger {
    /// It can.
    Open {
        ledger: Ledger,
        store: Store,
        is_postgres: bool,
    },
    /// Where the app's database is, is not known here.
    Unknown,
    /// The database can't be used, and why.
    Unusable(String),
}

impl AppLedger {
    /// The list of this app.
    pub async fn open(app: &App) -> Self {
        let from_variables;
        let database = match &app.database {
            Some(database) => database,
            None => {
                from_variables = Database::read(|name| std::env::var(name).ok());
                &from_variables
            }
        };
        let (opened, is_postgres) = match database.place() {
            None => return Self::Unknown,
            Some(Place::Sqlite(path)) => (sqlite(path).await, false),
            Some(Place::Postgres(url)) => {
                let opened = Store::postgres(url.expose_secret()).await;
                let refused =
                    |error: authkit_store::StoreError| without_password(&error.to_string(), url);
                (opened.map_err(refused), true)
            }
        };
        match opened {
            Ok(store) => Self::Open {
                ledger: Ledger::new(&store),
                store,
                is_postgres,
            },
            Err(said) => Self::Unusable(said),
        }
    }

    /// Denies a session. Whether the app refuses it now; no reason where no database is known.
    pub async fn deny(
        &self,
        session_id: &str,
        tell: Option<&OnRevoked>,
    ) -> Result<(), Option<String>> {
        match self {
            Self::Open { ledger, store, .. } => {
                let denied = ledger.deny_session(session_id).await;
                denied.map_err(|error| Some(error.to_string()))?;
                if let Some(tell) = tell
                    && let Err(error) = tell(store.clone(), session_id.to_owned()).await
                {
                    eprintln!("the app was not told that {session_id} is over: {error}");
                }
                Ok(())
            }
            Self::Unknown => Err(None),
            Self::Unusable(said) => Err(Some(said.clone())),
        }
    }

    /// Closes the database.
    pub async fn close(self) {
        if let Self::Open { store, .. } = self {
            store.close().await;
        }
    }
}

async fn sqlite(path: &Path) -> Result<Store, String> {
    if !path.exists() {
        return Err(format!("{} is not there", path.display()));
    }
    Store::sqlite(path).await.map_err(|error| error.to_string())
}
