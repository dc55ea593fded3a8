//! [`UserTable`]: the app's copy of its users, as `sync-users` needs it.
//!
//! Implemented by apps, on their own database. The progress of a walk is stored there, so that it can be interrupted
//! anywhere.

use authkit_leptos::server::UserSnapshot;

/// The app's copy of its users, and the progress of a walk through all users of WorkOS.
///
/// Older news must never overwrite newer, and a deleted user must stay deleted: webhooks arrive meanwhile.
pub trait UserTable: Sync {
    /// Ids of the users that changed last, without deleted ones, at most `count`.
    fn latest(&self, count: i64) -> impl Future<Output = Result<Vec<String>, TableError>> + Send;

    /// The walk that was interrupted, if any.
    fn interrupted(&self) -> impl Future<Output = Result<Option<Walk>, TableError>> + Send;

    /// Stores a walk that has just begun. The progress of an earlier one is deleted.
    fn begin(&self, walk: &Walk) -> impl Future<Output = Result<(), TableError>> + Send;

    /// Updates the rows of a page of users, and stores where `walk` is then, in one transaction: after the last of them.
    ///
    /// Returns the walk as it is then; [`TableError::Overtaken`] if the stored one is not where `walk` is.
    fn meet(
        &self,
        walk: &Walk,
        page: &[UserSnapshot],
    ) -> impl Future<Output = Result<Walk, TableError>> + Send;

    /// Ids of users with a row that the walk has not met, without deleted ones. Asked at the end of the walk only.
    fn unmet(&self) -> impl Future<Output = Result<Vec<String>, TableError>> + Send;

    /// Erases the profile of a user that WorkOS no longer has.
    fn remove(&self, id: &str) -> impl Future<Output = Result<(), TableError>> + Send;

    /// Deletes the walk: the next one begins with the first user. Leaves a walk that another process has begun meanwhile.
    fn end(&self, walk: &Walk) -> impl Future<Output = Result<(), TableError>> + Send;
}

/// A walk through all users of WorkOS, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// When it began, in milliseconds since the epoch: what it is told from others by.
    pub started_at: i64,
    /// The last user met; empty before the first.
    pub cursor: String,
    /// How many were met, and what became of their rows.
    pub counts: Counts,
}

/// Counts of a walk so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users that had no row.
    pub added: i64,
    /// Users whose row was older.
    pub changed: i64,
    /// Users whose row was as it should be.
    pub unchanged: i64,
}

/// Why a walk can't continue.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The database's own words.
    #[error("{0}")]
    Database(Box<dyn std::error::Error + Send + Sync>),
    /// Another process has continued it.
    #[error("another sync-users is at work")]
    Overtaken,
}

impl Walk {
    /// The last user met.
    pub(super) fn after(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }
}

impl Counts {
    /// Number of users that the walk has met.
    #[must_use]
    pub fn met(self) -> i64 {
        self.added + self.changed + self.unchanged
    }
}
