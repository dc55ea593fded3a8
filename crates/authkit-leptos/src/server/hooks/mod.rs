//! [`Hooks`]: where an app has its say in a sign-in, and hears how it went.
//!
//! Asked by the steps of the login. A hook that fails, panics or hangs is stopped and logged here, and never takes the
//! request down with it.

mod audit;
mod refresh;
mod sign_in;
mod sign_in_error;
mod slot;

pub use audit::{AuditAction, AuditClient, AuditEvent};
pub use refresh::{RefreshFailed, Refreshed};
pub use sign_in::{Admit, Refusal, SignIn};
pub use sign_in_error::SignInError;

use crate::paths::ReturnTo;
use slot::Slot;
pub(super) use slot::{Fault, hook};
use std::time::Duration;

/// How long a browser waits for a hook.
const PATIENCE: Duration = Duration::from_secs(3);

/// The app's hooks. Of several for the same moment only the first counts.
#[derive(Default)]
pub(super) struct Hooks {
    /// Whether to let somebody in.
    pub sign_in: Slot<SignIn, Admit>,
    /// Where a sign-in that failed leads.
    pub sign_in_error: Slot<SignInError, Option<ReturnTo>>,
    /// Told of sessions that were renewed.
    pub refresh: Slot<Refreshed, ()>,
    /// Told of sessions that could not be.
    pub refresh_error: Slot<RefreshFailed, ()>,
    /// Told of what users did and were refused.
    pub audit: Slot<AuditEvent, ()>,
}

impl Hooks {
    /// What the app makes of a sign-in; `Yes` where it has no hook.
    ///
    /// # Errors
    /// [`Fault`] when the hook has not decided.
    pub async fn admit(&self, sign_in: SignIn) -> Result<Admit, Fault> {
        let asked = self.sign_in.ask(sign_in, PATIENCE).await;
        asked.unwrap_or(Ok(Admit::Yes))
    }

    /// Where the app leads a browser whose sign-in failed, if elsewhere than to the page about it.
    pub async fn instead_of_the_page(&self, error: SignInError) -> Option<ReturnTo> {
        match self.sign_in_error.ask(error, PATIENCE).await? {
            Ok(instead) => instead,
            Err(fault) => {
                tracing::warn!(
                    reason = "hook_failed",
                    hook = "on_sign_in_error",
                    problem = %fault,
                    "a hook of the app failed; the page about the sign-in is shown"
                );
                None
            }
        }
    }
}
