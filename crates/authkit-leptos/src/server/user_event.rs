//! [`UserEvent`]: news of a user, and [`Users`], which tells the app.
//!
//! Sign-ins and WorkOS's webhooks tell; an app that has users of its own listens. The library never depends on what the
//! app does with an event, and waits for it only for a moment.

use crate::auth::User;
use jiff::Timestamp;
use std::{error::Error, pin::Pin, sync::OnceLock, time::Duration};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How long a sign-in or a webhook waits for the app. WorkOS expects an answer within a second.
const MOMENT: Duration = Duration::from_millis(800);
/// How long the app may work on an event in all.
const LONGEST: Duration = Duration::from_secs(10);

/// A user as WorkOS described them at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSnapshot {
    /// The user.
    pub user: User,
    /// WorkOS's `updated_at`, milliseconds since the epoch: of two snapshots the later one is true. 0 if
    /// WorkOS gave none that can be read.
    pub updated_at: i64,
}

/// What has become of a user.
///
/// Events come late, twice and in any order: compare [`updated_at`](UserSnapshot::updated_at), and take
/// nothing back once a user is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserEvent {
    /// Somebody has signed in, for the first time or again.
    SignedIn(UserSnapshot),
    /// WorkOS has a new user (`user.created`).
    Created(UserSnapshot),
    /// A user was changed (`user.updated`).
    Updated(UserSnapshot),
    /// A user was deleted (`user.deleted`), for good.
    Deleted {
        /// Whose id this was.
        user_id: String,
    },
}

/// What the app does with events.
type UserListener = Box<
    dyn Fn(UserEvent) -> Pin<Box<dyn Future<Output = Result<(), Untold>> + Send>> + Send + Sync,
>;

/// Why the app did not take an event.
pub(super) type Untold = Box<dyn Error + Send + Sync>;

impl UserSnapshot {
    pub(super) fn new(user: User, updated_at: &str) -> Self {
        let updated_at = updated_at.parse().map_or(0, Timestamp::as_millisecond);
        Self { user, updated_at }
    }
}

impl UserEvent {
    /// For the log.
    fn name(&self) -> &'static str {
        match self {
            Self::SignedIn(_) => "signed in",
            Self::Created(_) => "created",
            Self::Updated(_) => "updated",
            Self::Deleted { .. } => "deleted",
        }
    }

    /// Whom it is about.
    #[must_use]
    pub fn user_id(&self) -> &str {
        match self {
            Self::SignedIn(snapshot) | Self::Created(snapshot) | Self::Updated(snapshot) => {
                &snapshot.user.id
            }
            Self::Deleted { user_id } => user_id,
        }
    }
}

/// Tells the app what becomes of users.
pub(super) struct Users {
    listener: OnceLock<UserListener>,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
}

impl Users {
    /// Without a listener.
    pub fn new(tasks: TaskTracker) -> Self {
        let listener = OnceLock::new();
        Self { listener, tasks }
    }

    /// Tells `listener` from now on. Of several listeners only the first counts.
    pub fn listen<F, E>(&self, listener: impl Fn(UserEvent) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        let listener: UserListener = Box::new(move |event| {
            let taking = listener(event);
            Box::pin(async move { taking.await.map_err(Into::into) })
        });
        if self.listener.set(listener).is_err() {
            tracing::error!(
                reason = "user_listener",
                "there is a listener for users already"
            );
        }
    }

    /// Tells the app, and waits a moment. Whether the app has taken the event; if not, it may still do so.
    pub async fn tell(&self, event: UserEvent) -> bool {
        let Some(listener) = self.listener.get() else {
            return true;
        };
        let name = event.name();
        let taking = listener(event);
        // On its own: a write that is cut off in the middle would be the app's to clean up.
        let taking = async move {
            let problem = match tokio::time::timeout(LONGEST, taking).await {
                Ok(Ok(())) => return true,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it took too long".to_owned(),
            };
            tracing::warn!(
                reason = "user_not_taken",
                event = name,
                problem,
                "the app did not take the news of a user"
            );
            false
        };
        let taking = self.tasks.spawn(taking.in_current_span());
        matches!(tokio::time::timeout(MOMENT, taking).await, Ok(Ok(true)))
    }
}
