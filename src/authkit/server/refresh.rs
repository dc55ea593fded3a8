//! Renewing an access token that has expired or is about to: once per refresh token, whoever asks.
//!
//! Called by the layer. Requests that come together share one call, and those that come up to a
//! minute later with the old cookie get the same successor: a refresh token works only once.

use super::{
    AuthKit, CheckError, SealError,
    core::session::Session,
    token::verifier::{Claims, TokenError},
    workos::Failure,
};
use moka::future::Cache;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tracing::Instrument;

/// For how long a used refresh token still leads to its successor.
const GRACE: Duration = Duration::from_secs(60);
/// Successors remembered at most.
const CAPACITY: u64 = 10_000;
/// How long a request waits. The refresh itself goes on, so that a late answer is not lost.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often, and how long apart, new tokens are checked again while the keys are out of reach.
const KEY_TRIES: u32 = 8;
const KEY_INTERVAL: Duration = Duration::from_secs(4);

/// A session and the verified claims of its access token.
#[derive(Debug)]
pub struct Renewed {
    /// The new session.
    pub session: Session,
    /// The same, sealed: once, so that parallel answers set the same cookie.
    pub sealed: String,
    /// The claims of its access token.
    pub claims: Arc<Claims>,
}

/// Why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// WorkOS did not grant one.
    #[error(transparent)]
    WorkOs(#[from] Failure),
    /// It granted one that does not pass the checks.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The new session belongs to somebody else.
    #[error("the new session is another user's")]
    OtherUser,
    /// There is no answer yet, or the task that asked came to an end without one.
    #[error("the refresh has not been answered in time")]
    NoAnswer,
    /// The new session could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl RefreshError {
    /// Whether the session is over, as opposed to: could not be renewed just now.
    pub fn is_final(&self) -> bool {
        match self {
            Self::WorkOs(failure) => failure.ends_session(),
            Self::Check(CheckError::Token(error)) => !matches!(error, TokenError::CouldNotCheck(_)),
            Self::Check(CheckError::OtherSubject) | Self::OtherUser => true,
            Self::NoAnswer | Self::Seal(_) => false,
        }
    }

    /// Whether WorkOS does not accept this app's credentials.
    pub fn is_misconfiguration(&self) -> bool {
        matches!(self, Self::WorkOs(Failure::Misconfigured))
    }

    /// The reason code for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WorkOs(failure) => failure.code(),
            Self::Check(CheckError::Token(error)) => error.code(),
            Self::Check(CheckError::OtherSubject) => "token_subject",
            Self::OtherUser => "refresh_other_user",
            Self::NoAnswer => "refresh_no_answer",
            Self::Seal(_) => "seal_failed",
        }
    }
}

/// Refreshes, each token once.
pub struct Refresher {
    successors: Cache<[u8; 32], Arc<Renewed>>,
}

impl Refresher {
    /// One that has refreshed nothing yet.
    pub fn new() -> Self {
        let successors = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(GRACE)
            .build();
        Self { successors }
    }

    /// The successor of `session`.
    pub async fn refresh(
        &self,
        authkit: &AuthKit,
        session: &Session,
    ) -> Result<Arc<Renewed>, Arc<RefreshError>> {
        let token = Sha256::digest(session.refresh_token.expose_secret().as_bytes());
        let successors = self.successors.clone();
        let (authkit, session) = (authkit.clone(), session.clone());
        // In a task of its own, from the question to the remembered answer: a browser that hangs up
        // must not cut it off, or the refresh token would be used up with nobody knowing its
        // successor.
        let task = async move {
            let renewed = async { renew(&authkit, &session).await.map(Arc::new) };
            successors.try_get_with(token.into(), renewed).await
        };
        let task = tokio::spawn(task.in_current_span());
        match tokio::time::timeout(PATIENCE, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Arc::new(RefreshError::NoAnswer)),
        }
    }
}

async fn renew(authkit: &AuthKit, session: &Session) -> Result<Renewed, RefreshError> {
    let mut granted = authkit.inner.workos.refresh(session).await?;
    if granted.user.id != session.user.id {
        return Err(RefreshError::OtherUser);
    }
    // WorkOS names the impersonator at sign-in; the session stays theirs.
    if granted.impersonator.is_none() {
        granted.impersonator.clone_from(&session.impersonator);
    }
    // There is no second chance to get these tokens, so the keys are waited for.
    let mut tries = 1;
    let claims = loop {
        match authkit.check(&granted).await {
            Err(CheckError::Token(TokenError::CouldNotCheck(_))) if tries < KEY_TRIES => {
                tries += 1;
                tokio::time::sleep(KEY_INTERVAL).await;
            }
            checked => break checked?,
        }
    };
    let session = granted.into_session(&claims);
    Ok(Renewed {
        sealed: authkit.seal(&session)?,
        session,
        claims: Arc::new(claims),
    })
}
