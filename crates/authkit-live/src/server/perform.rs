//! [`Live::perform`]: one mutation, done once: looks up its key, runs it, notes what was done, commits.
//!
//! Called by the handler of `POST /api/…`, and by axum handlers of the app. Runs to its end although its caller hangs up.

use super::{
    Live, StoreError,
    key::Key,
    mutate::{Failed, Mutate},
    once::{Known, Once},
    store::Write,
};
use crate::{mutation::Done, query::Written};
use authkit_leptos::server::{UserIdentity, guard::Guarded};
use authkit_store::DetachOnDrop;
use serde_json::value::{RawValue, to_raw_value};
use tracing::Instrument;

/// Why a mutation came to nothing.
#[derive(Debug)]
pub enum NotDone<R> {
    /// The feature refuses.
    Refused(R),
    /// The key was used for something else.
    KeyUsedOtherwise,
    /// It was refused before, for good.
    GivenUp,
    /// The database. [`StoreError::Unconfirmed`]: perhaps it was done.
    Store(StoreError),
}

impl<R> NotDone<R> {
    /// Whether the feature or a constraint of the database has decided.
    fn is_final(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::KeyUsedOtherwise | Self::GivenUp => false,
            Self::Store(error) => error.is_final(),
        }
    }
}

impl<R> From<StoreError> for NotDone<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<R> From<sqlx::Error> for NotDone<R> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl<R> From<Failed<R>> for NotDone<R> {
    fn from(failed: Failed<R>) -> Self {
        match failed {
            Failed::Refused(refusal) => Self::Refused(refusal),
            Failed::Store(error) => Self::Store(error),
        }
    }
}

impl Live {
    /// Does it for a caller who has passed the guard. With a key, once: if it was done under this key before, that is the
    /// answer. The answer is JSON.
    pub(super) async fn perform<M: Mutate>(
        &self,
        caller: Guarded<M::Guard>,
        arguments: M,
        key: Option<Key>,
    ) -> Result<Done<Box<RawValue>>, NotDone<M::Refusal>> {
        let live = self.clone();
        DetachOnDrop::new(async move {
            let Some(key) = key else {
                let write = live.write().await?;
                return run(&live, &caller, &arguments, None, write).await;
            };
            let once = Once::new(&caller.token_identifier, key, &arguments).map_err(unwritable)?;
            let mut write = live.write().await?;
            if let Some(known) = once.known(&mut write).await? {
                drop(write);
                return again(known);
            }
            match run(&live, &caller, &arguments, Some(&once), write).await {
                // Another process may have done it since: what was there for the taking is not there any more, and a name
                // that may be there once is.
                Err(not_done) if not_done.is_final() => match live.known(&once).await? {
                    Some(known) => again(known),
                    None => Err(not_done),
                },
                outcome => outcome,
            }
        })
        .await
    }

    /// What was done under this key before, for a caller who may not do it any more, or not from that page: a page whose answer
    /// was lost would else say that it was not done. `None`: nothing was by this caller, and under the key of a page of theirs
    /// nothing will be, as the page says so. A program may do it under the same key once it has the right to.
    ///
    /// # Errors
    /// [`StoreError`]: then it is not known.
    pub(super) async fn done_before<M: Mutate>(
        &self,
        caller: &UserIdentity,
        arguments: &M,
        key: Key,
    ) -> Result<Option<Done<Box<RawValue>>>, StoreError> {
        let may_be_under_way = key.is_of_page() && !key.is_of_another_user(caller);
        let Ok(once) = Once::new(&caller.token_identifier, key, arguments) else {
            return Ok(None);
        };
        let live = self.clone();
        // As who writes: on SQLite an attempt that is under way is over then.
        let known = DetachOnDrop::new(async move {
            let mut write = live.write().await?;
            let known = once.known(&mut write).await?;
            if known.is_some() || !may_be_under_way {
                return Ok(known);
            }
            if once.give_up(&mut write).await? {
                // Where that is not confirmed, nothing is done all the same.
                write.commit().await.map_err(|_| StoreError::Slow)?;
                return Ok(None);
            }
            // Done meanwhile.
            drop(write);
            live.known(&once).await
        });
        Ok(known
            .await?
            .and_then(|known| again::<M::Refusal>(known).ok()))
    }

    async fn known(&self, once: &Once) -> Result<Option<Known>, StoreError> {
        let mut read = self.read().await?;
        once.known(&mut read).await
    }
}

/// What was done before.
fn again<R>(known: Known) -> Result<Done<Box<RawValue>>, NotDone<R>> {
    match known {
        Known::Done(answer, revision) => Ok(Done {
            answer: RawValue::from_string(answer).map_err(unwritable)?,
            written: Written(revision),
        }),
        Known::UsedOtherwise => Err(NotDone::KeyUsedOtherwise),
        Known::GivenUp => Err(NotDone::GivenUp),
    }
}

/// Runs it in a transaction that has begun, notes the key, and commits.
async fn run<M: Mutate>(
    live: &Live,
    caller: &Guarded<M::Guard>,
    arguments: &M,
    once: Option<&Once>,
    mut write: Write,
) -> Result<Done<Box<RawValue>>, NotDone<M::Refusal>> {
    let span = tracing::trace_span!("mutation", name = M::NAME);
    let answer = arguments.run(caller, &mut write).instrument(span).await?;
    let answer = to_raw_value(&answer).map_err(unwritable)?;
    if let Some(once) = once
        && !once.note(answer.get(), &mut write).await?
    {
        // Done meanwhile, by whoever has the same key: this one is taken back.
        drop(write);
        let known = live.known(once).await?;
        // What was noted and is gone again: as if the database had been away.
        return again(known.ok_or(StoreError::Slow)?);
    }
    let written = write.commit().await?;
    Ok(Done { answer, written })
}

/// An answer that can't be JSON: a mistake in the app.
fn unwritable<R>(error: serde_json::Error) -> NotDone<R> {
    sqlx::Error::Encode(error.into()).into()
}
