//! The token request (RFC 6749 §4.1.3): an authorization code becomes a session, once.
//!
//! Called by the callback. The request goes on when the browser hangs up, and a callback that comes again
//! within a minute gets the same outcome: asking twice with one code would make WorkOS end the session that
//! the first one got (RFC 6749 §4.1.2).

use crate::{
    error::SignInFailure,
    server::{
        attempts::Attempt,
        cookie_sealer::CookieSealer,
        core::session::Session,
        token::{CheckError, TokenError, TokenSource, Verifier},
        user_event::{UserEvent, UserSnapshot, Users},
        workos::{Failure, TokenResponse, WorkOs},
    },
};
use moka::sync::Cache;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// How long an outcome is kept for a callback that comes again.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How long a key is waited for that is not among those just fetched.
const KEY_DELAY: Duration = Duration::from_secs(2);
/// Outcomes kept, at most.
const MAX_KEPT: u64 = 10_000;

/// What came of a code.
pub type Outcome = Result<Arc<Granted>, (SignInFailure, &'static str)>;

/// A session that has just begun.
pub struct Granted {
    /// The session.
    pub session: Session,
    /// The same, sealed for its cookie.
    pub sealed: String,
    /// When the user proved who they are (`auth_time`), in seconds since the epoch, if AuthKit says so.
    pub authenticated_at: Option<u64>,
}

/// The token requests of this process: under way, or just made.
pub struct TokenRequests {
    parts: Arc<Parts>,
    tasks: TaskTracker,
    outcomes: Cache<[u8; 32], watch::Receiver<Option<Outcome>>>,
}

/// What a token request works with.
pub struct Parts {
    pub workos: Arc<WorkOs>,
    pub verifier: Verifier,
    pub cookie_sealer: CookieSealer,
    pub users: Arc<Users>,
}

impl TokenRequests {
    /// None yet. What is under way is one of `tasks`, which are finished before the process ends.
    pub fn new(parts: Parts, tasks: TaskTracker) -> Self {
        let outcomes = Cache::builder()
            .max_capacity(MAX_KEPT)
            .time_to_live(KEPT_FOR)
            .build();
        Self {
            parts: Arc::new(parts),
            tasks,
            outcomes,
        }
    }

    /// Exchanges the code for a session, or waits for what comes of it where that is under way.
    ///
    /// `attempt` must be the one of this browser that `state` names.
    pub async fn redeem(&self, state: &str, code: &str, attempt: &Attempt) -> Outcome {
        let mut outcome = self.outcomes.get_with(key(state, code), || {
            let (tell, outcome) = watch::channel(None);
            let (parts, code) = (Arc::clone(&self.parts), code.to_owned());
            let code_verifier = attempt.code_verifier.clone();
            self.tasks.spawn(async move {
                let made = exchange(&parts, &code, &code_verifier).await;
                tell.send_replace(Some(made.map(Arc::new)));
            });
            outcome
        });
        let made = outcome.wait_for(Option::is_some).await;
        match made.ok().and_then(|made| made.clone()) {
            Some(outcome) => outcome,
            None => Err((SignInFailure::Internal, "the exchange was interrupted")),
        }
    }
}

/// Names a request without keeping its code. A state of ours has no NUL.
fn key(state: &str, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(state)
        .chain_update([0])
        .chain_update(code)
        .finalize()
        .into()
}

/// The code for tokens, and the tokens for a session. Tells the app who it is, as WorkOS says now.
async fn exchange(
    parts: &Parts,
    code: &str,
    code_verifier: &SecretString,
) -> Result<Granted, (SignInFailure, &'static str)> {
    let granted = parts
        .workos
        .exchange_code(code, code_verifier)
        .await
        .map_err(|failure| (SignInFailure::from(failure), failure.code()))?;
    let verifier = &parts.verifier;
    let check = || {
        let TokenResponse {
            user, access_token, ..
        } = &granted;
        verifier.verify_session_of(user, access_token, TokenSource::Provider)
    };
    let mut checked = check().await;
    if let Err(CheckError::Token(TokenError::KeyUnknown { .. })) = checked {
        // The keys were fetched the moment before they changed, and the code is used up.
        tokio::time::sleep(KEY_DELAY).await;
        checked = check().await;
    }
    let claims = checked.map_err(|error| match error {
        CheckError::Token(error @ TokenError::CouldNotCheck(_)) => {
            (SignInFailure::Unreachable, error.code())
        }
        CheckError::Token(error) => {
            // The page has the code alone; what to change is for those who run the app.
            let reason = error.code();
            tracing::error!(reason, "AuthKit's access token refused: {error}");
            (SignInFailure::TokenRefused, reason)
        }
        CheckError::OtherSubject => (SignInFailure::TokenRefused, "token_subject"),
    })?;
    let snapshot = UserSnapshot {
        user: granted.user.clone(),
        updated_at: granted.user_updated_at,
    };
    let session = granted.into_session(&claims);
    let cookie_sealer = &parts.cookie_sealer;
    let sealed = cookie_sealer
        .seal(&session)
        .map_err(|_| (SignInFailure::Internal, "no randomness"))?;
    // Whatever the app makes of it, the user is signed in.
    parts.users.tell(UserEvent::SignedIn(snapshot)).await;
    Ok(Granted {
        session,
        sealed,
        authenticated_at: claims.auth_time(),
    })
}

impl From<Failure> for SignInFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(_) | Failure::Declined { .. } => Self::CodeRefused,
            Failure::Misconfigured => Self::Misconfigured,
            Failure::RateLimited { .. } | Failure::Busy { .. } => Self::RateLimited,
            Failure::Unreachable => Self::Unreachable,
            Failure::Broken { .. } => Self::Broken,
            Failure::Request => Self::Internal,
        }
    }
}
