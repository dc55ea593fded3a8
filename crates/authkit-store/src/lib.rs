//! The database of an app, SQLite or PostgreSQL: the one place that knows that there are two.
//!
//! [`Store`] has the pool of connections, reads, writes, listens to other processes and migrates the tables of libraries.
//! The login's ledger and live queries stand on it, and so may the app. Knows no table but its own, `authkit_migration`.
//!
//! ```no_run
//! # async fn open() -> Result<(), authkit_store::StoreError> {
//! use authkit_store::Store;
//!
//! let store = Store::postgres("postgres://app:secret@localhost/app").await?;
//! let mut read = store.read().await?;
//! let one: i64 = sqlx::query_scalar("SELECT 1").fetch_one(&mut *read).await?;
//! # Ok(())
//! # }
//! ```

mod backup;
mod connection;
mod detach_on_drop;
mod error;
mod hearing;
pub mod metrics;
mod migrations;
mod migrator;
mod news;
mod pool;
mod postgres;
mod sqlite;
mod store;
mod transaction;

pub use backup::{Backup, BackupError};
pub use connection::Connection;
pub use detach_on_drop::DetachOnDrop;
pub use error::StoreError;
pub use hearing::{are_lent, hears};
pub use migrations::{LAST_MIGRATIONS, MIGRATION_TABLE};
pub use news::{Listener, News};
pub use pool::Pool;
pub use postgres::{loses_statements, postgres_options};
pub use sqlite::{SqlitePoolError, has_no_shared_memory, is_locked, sqlite_pool};
pub use store::Store;
pub use transaction::{Read, Write};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
