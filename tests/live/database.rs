//! A database of a test's own, for processes, for servers in the test's process, and for a look at what is in it.

use crate::postgres;
use authkit_app::DatabaseSettings;
use sqlx::{AnyConnection, Connection, any::install_default_drivers};
use std::{collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

/// Where it is.
#[derive(Clone)]
pub enum Database {
    Sqlite(Arc<TempDir>),
    Postgres(String),
}

/// A number that is stored.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    pub id: String,
    pub value: i64,
}

impl Database {
    /// One of each kind, empty.
    pub async fn each() -> [Self; 2] {
        [Self::sqlite(), Self::postgres().await]
    }

    pub fn sqlite() -> Self {
        Self::Sqlite(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub async fn postgres() -> Self {
        Self::Postgres(postgres::shared().await.database().await)
    }

    /// What a process is told of it.
    pub fn variable(&self) -> (&'static str, &str) {
        match self {
            Self::Sqlite(folder) => ("DATA_DIR", folder.path().to_str().unwrap()),
            Self::Postgres(url) => ("DATABASE_URL", url),
        }
    }

    /// What a server in this process is told of it.
    pub fn settings(&self) -> DatabaseSettings {
        match self {
            Self::Sqlite(folder) => DatabaseSettings::Sqlite(folder.path().join("app.db")),
            Self::Postgres(url) => DatabaseSettings::Postgres(url.clone().into()),
        }
    }

    /// Connects to it, past all that the app does.
    pub async fn connect(&self) -> AnyConnection {
        install_default_drivers();
        let url = match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("app.db").display()),
            Self::Postgres(url) => url.clone(),
        };
        AnyConnection::connect(&url).await.unwrap()
    }

    /// The numbers that are stored, in the order in which they were added.
    pub async fn numbers(&self) -> Vec<Stored> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT id, value FROM numbers ORDER BY id")
            .fetch_all(&mut self.connect().await)
            .await
            .unwrap();
        let rows = rows.into_iter();
        rows.map(|(id, value)| Stored { id, value }).collect()
    }

    /// How much is in the audit trail.
    pub async fn audit_events(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_event")
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }

    /// The values that are stored.
    pub async fn values(&self) -> Vec<i64> {
        let numbers = self.numbers().await;
        numbers.into_iter().map(|number| number.value).collect()
    }

    /// How often each value is stored.
    pub async fn counts(&self) -> BTreeMap<i64, usize> {
        let mut counts = BTreeMap::new();
        for value in self.values().await {
            *counts.entry(value).or_default() += 1;
        }
        counts
    }
}
