//! What has changed since tokens were issued that are still valid: written once, read at the start, and
//! heard of by every process through its news.

use super::tables::{Ledger, LedgerError, seconds};
use authkit_store::DetachOnDrop;
use serde::{Deserialize, Serialize};

/// PostgreSQL's channel for changes.
pub(super) const CHANNEL: &str = "authkit_change";

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A session has moved to another organization.
    Session,
    /// What a user may do: a membership, or its role.
    User,
    /// What a role allows.
    Role,
}

/// Tokens that say something else are true no more, though they are valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Change {
    /// What it is about.
    #[sqlx(try_from = "String")]
    pub about: About,
    /// `session_…`, `user_…`, or the slug of a role.
    pub id: String,
    /// The organization that a session is in now, if it is in one.
    pub organization_id: Option<String>,
    /// Tokens that were issued up to then are concerned, in seconds since the epoch of WorkOS's clock.
    pub issued_until: i64,
    /// Of two changes with the same `issued_until` the later is true: milliseconds since the epoch.
    pub changed_at: i64,
    /// Tokens that it concerns may be good until then, in seconds since the epoch.
    pub keep_until: i64,
}

impl About {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::User => "user",
            Self::Role => "role",
        }
    }
}

/// A row that another version of the program wrote.
#[derive(Debug, thiserror::Error)]
#[error("a change about {0:?}, which this program does not know")]
pub struct UnknownSubject(String);

impl TryFrom<String> for About {
    type Error = UnknownSubject;

    fn try_from(text: String) -> Result<Self, UnknownSubject> {
        [Self::Session, Self::User, Self::Role]
            .into_iter()
            .find(|about| about.as_str() == text)
            .ok_or(UnknownSubject(text))
    }
}

impl Change {
    /// Whether this is true in place of `other`, about the same.
    pub fn is_later_than(&self, other: &Self) -> bool {
        (self.issued_until, self.changed_at) > (other.issued_until, other.changed_at)
    }
}

impl Ledger {
    /// Records a change, unless a later one about the same is recorded, and tells the other processes.
    pub async fn record_change(&self, change: &Change, now: u64) -> Result<(), LedgerError> {
        let statement = "INSERT INTO authkit_change \
                (about, id, organization_id, issued_until, changed_at, keep_until, recorded_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (about, id) DO UPDATE SET \
                organization_id = excluded.organization_id, issued_until = excluded.issued_until, \
                changed_at = excluded.changed_at, keep_until = excluded.keep_until, \
                recorded_at = excluded.recorded_at \
             WHERE (excluded.issued_until, excluded.changed_at) \
                 > (authkit_change.issued_until, authkit_change.changed_at)";
        let (store, change) = (self.store().clone(), change.clone());
        let news = serde_json::to_string(&change).unwrap_or_default();
        // Recorded also when the caller hangs up meanwhile.
        DetachOnDrop::new(async move {
            let mut write = store.write().await?;
            let statement = sqlx::query(statement)
                .bind(change.about.as_str())
                .bind(&change.id)
                .bind(&change.organization_id)
                .bind(change.issued_until)
                .bind(change.changed_at)
                .bind(change.keep_until)
                .bind(seconds(now));
            store.in_time(statement.execute(&mut *write)).await?;
            write.notify(CHANNEL, &news).await?;
            Ok(write.commit().await?)
        })
        .await
    }

    /// All changes that still matter and were recorded since then.
    pub async fn changes(&self, since: u64, now: u64) -> Result<Vec<Change>, LedgerError> {
        let statement = "SELECT about, id, organization_id, issued_until, changed_at, keep_until \
             FROM authkit_change WHERE recorded_at >= $1 AND keep_until > $2 AND about IN ('session', 'user', 'role')";
        let statement = sqlx::query_as(statement);
        self.rows(statement.bind(seconds(since)).bind(seconds(now)))
            .await
    }
}
