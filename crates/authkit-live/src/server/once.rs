//! [`Once`]: what was done under which key, so that asking again does it no second time.
//!
//! Read and written in the transaction of the mutation, by `perform`. Keeps of each caller the last 10,000 keys, for a day;
//! of the arguments a digest only.

use super::{StoreError, key::Key, store::Write};
use crate::{mutation::Mutation, query::Revision};
use authkit_store::Connection;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How many keys of a caller are kept. The oldest go first.
const KEPT: i64 = 10_000;
/// Surplus keys are removed whenever a caller has used so many more.
const PRUNED_EVERY: i64 = 100;
/// The digest of a key that was given up: no digest is like it.
const GIVEN_UP: &str = "given up";
/// How long a key is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A key of a caller, with what it is for.
#[derive(Clone, Debug)]
pub struct Once {
    /// Issuer and subject.
    caller: String,
    key: Key,
    /// Of the mutation's name and arguments.
    digest: String,
}

/// What a key is known for.
pub enum Known {
    /// This was done under it: the answer as JSON, and the topics that it changed, with the revision that they got.
    Done(String, Revision),
    /// It was used for something else.
    UsedOtherwise,
    /// The caller was told that it is not done: nothing is done under this key.
    GivenUp,
}

impl Once {
    /// What the key would be used for.
    pub fn new<M: Mutation>(
        caller: &str,
        key: Key,
        arguments: &M,
    ) -> Result<Self, serde_json::Error> {
        let digest = Sha256::new()
            .chain_update(M::NAME)
            .chain_update(" ")
            .chain_update(serde_json::to_vec(arguments)?)
            .finalize();
        Ok(Self {
            caller: caller.to_owned(),
            key,
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// What is known of the key; `None` for a new one.
    pub async fn known(&self, connection: &mut Connection) -> Result<Option<Known>, StoreError> {
        let row: Option<(String, String, String)> = sqlx::query_as(
            "SELECT digest, answer, topics FROM live_once WHERE caller = $1 AND once = $2",
        )
        .bind(&self.caller)
        .bind(self.key.as_str())
        .fetch_optional(connection)
        .await?;
        Ok(row.map(|(digest, answer, topics)| {
            if digest == self.digest {
                // Written below.
                Known::Done(answer, serde_json::from_str(&topics).unwrap_or_default())
            } else if digest == GIVEN_UP {
                Known::GivenUp
            } else {
                Known::UsedOtherwise
            }
        }))
    }

    /// Notes what was done, in the transaction that did it and with the revision that it leads to: an answer that is as new
    /// has it, and one that is older has not. False when somebody else has used the key meanwhile: then nothing may be committed.
    pub async fn note(&self, answer: &str, write: &mut Write) -> Result<bool, StoreError> {
        self.insert(&self.digest, answer, write).await
    }

    /// Notes that nothing is done under the key: an attempt that is under way can't note it any more, and one that comes late
    /// finds it. False as for [`note`](Self::note).
    pub async fn give_up(&self, write: &mut Write) -> Result<bool, StoreError> {
        self.insert(GIVEN_UP, "null", write).await
    }

    async fn insert(
        &self,
        digest: &str,
        answer: &str,
        write: &mut Write,
    ) -> Result<bool, StoreError> {
        // A list of texts and numbers is always JSON.
        let topics = serde_json::to_string(write.count_up().await?).unwrap_or_default();
        let number: Option<i64> = sqlx::query_scalar(
            "INSERT INTO live_once (caller, once, digest, answer, topics, used_at, number) \
             VALUES ($1, $2, $3, $4, $5, $6, \
                     (SELECT COALESCE(MAX(number), 0) + 1 FROM live_once WHERE caller = $1)) \
             ON CONFLICT (caller, once) DO NOTHING RETURNING number",
        )
        .bind(&self.caller)
        .bind(self.key.as_str())
        .bind(digest)
        .bind(answer)
        .bind(topics)
        .bind(Timestamp::now().as_millisecond())
        .fetch_optional(write.db())
        .await?;
        let Some(number) = number else {
            return Ok(false);
        };
        if number > KEPT && number % PRUNED_EVERY == 0 {
            sqlx::query("DELETE FROM live_once WHERE caller = $1 AND number <= $2")
                .bind(&self.caller)
                .bind(number - KEPT)
                .execute(write.db())
                .await?;
        }
        Ok(true)
    }
}

/// Removes keys that are older than a day. `now` is in milliseconds since the epoch.
pub async fn sweep(store: &authkit_store::Store, now: i64) -> Result<u64, StoreError> {
    let oldest = now.saturating_sub(i64::try_from(KEPT_FOR.as_millis()).unwrap_or(i64::MAX));
    let delete = sqlx::query("DELETE FROM live_once WHERE used_at < $1").bind(oldest);
    store.execute(delete).await
}
