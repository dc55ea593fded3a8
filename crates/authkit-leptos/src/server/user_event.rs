//! [`UserEvent`]: what becomes of users, told to the app as it becomes known.
//!
//! Sign-ins and WorkOS's webhooks tell; an app that keeps users of its own listens. The library never
//! asks what the app does with it, and never waits for it longer than a moment.

use super::AuthKit;
use crate::User;
use jiff::Timestamp;
use std::{error::Error, pin::Pin, time::Duration};
use tracing::Instrument;

/// How long a sign-in or a webhook waits until the app has noted it. WorkOS wants to be answered within
/// a second.
const MOMENT: Duration = Duration::from_millis(800);
/// How long the app may go on with it when nobody waits any more.
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
pub(super) type UserListener = Box<
    dyn Fn(UserEvent) -> Pin<Box<dyn Future<Output = Result<(), Untold>> + Send>> + Send + Sync,
>;

/// Why the app did not take an event.
type Untold = Box<dyn Error + Send + Sync>;

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

impl AuthKit {
    /// Tells `listener` of users from now on: the first listener, if several are given.
    ///
    /// An event counts as taken when the listener returns `Ok`. A webhook is answered with 200 then, and
    /// with 503 if it returns an error or takes longer than 0.8 seconds, so that WorkOS sends it again. A
    /// sign-in goes on in any case. The listener itself has ten seconds, whoever waits.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, UserEvent};
    /// # #[derive(Clone)] struct Users;
    /// # impl Users {
    /// #     async fn keep(&self, _: authkit_leptos::User, _: i64) -> std::io::Result<()> { Ok(()) }
    /// #     async fn erase(&self, _: &str) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # fn example(authkit: AuthKit, users: Users) {
    /// authkit.on_user(move |event| {
    ///     let users = users.clone();
    ///     async move {
    ///         match event {
    ///             UserEvent::Deleted { user_id } => users.erase(&user_id).await,
    ///             UserEvent::SignedIn(it) | UserEvent::Created(it) | UserEvent::Updated(it) => {
    ///                 users.keep(it.user, it.updated_at).await
    ///             }
    ///         }
    ///     }
    /// });
    /// # }
    /// ```
    pub fn on_user<F, E>(&self, listener: impl Fn(UserEvent) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        let listener: UserListener = Box::new(move |event| {
            let taking = listener(event);
            Box::pin(async move { taking.await.map_err(Into::into) })
        });
        if self.inner.user_listener.set(listener).is_err() {
            tracing::error!(
                reason = "user_listener",
                "there is a listener for users already"
            );
        }
    }

    /// Tells the app, and waits a moment. Whether it has taken the event; if not, it may do so yet.
    pub(super) async fn tell(&self, event: UserEvent) -> bool {
        let Some(listener) = self.inner.user_listener.get() else {
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
        let taking = self.inner.tasks.spawn(taking.in_current_span());
        matches!(tokio::time::timeout(MOMENT, taking).await, Ok(Ok(true)))
    }
}
