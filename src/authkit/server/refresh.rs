//! Renewing an access token that has expired or is about to: once per refresh token, whoever asks.
//!
//! Called by the layer. Requests that come together share one call, and those that come up to a
//! minute later with the old cookie get the same successor: a refresh token works only once.

use super::{
    AdmitError, AuthKit, core::session::Session, token::verifier::Claims, workos::Failure,
};
use moka::future::Cache;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// For how long a used refresh token still leads to its successor.
const GRACE: Duration = Duration::from_secs(60);
/// Successors remembered at most.
const CAPACITY: u64 = 10_000;

/// A session and the verified claims of its access token.
#[derive(Debug)]
pub struct Renewed {
    /// The new session.
    pub session: Session,
    /// The claims of its access token.
    pub claims: Claims,
}

/// Why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// WorkOS did not grant one.
    #[error(transparent)]
    WorkOs(#[from] Failure),
    /// It granted one that does not pass the checks.
    #[error(transparent)]
    Admit(#[from] AdmitError),
    /// The new session belongs to somebody else.
    #[error("the new session is another user's")]
    OtherUser,
    /// The task that asked came to an end without an answer.
    #[error("the refresh was interrupted")]
    Interrupted,
}

impl RefreshError {
    /// Whether the session is over, as opposed to: could not be renewed just now.
    pub fn is_final(&self) -> bool {
        match self {
            Self::WorkOs(failure) => !failure.is_transient(),
            Self::Admit(AdmitError::Token(error)) => {
                !matches!(error, super::token::verifier::TokenError::CouldNotCheck(_))
            }
            Self::Admit(AdmitError::OtherSubject) | Self::OtherUser => true,
            Self::Interrupted => false,
        }
    }

    /// The reason code for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WorkOs(failure) => failure.code(),
            Self::Admit(AdmitError::Token(error)) => error.code(),
            Self::Admit(AdmitError::OtherSubject) => "token_subject",
            Self::OtherUser => "refresh_other_user",
            Self::Interrupted => "refresh_interrupted",
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
        self.successors
            .try_get_with(token.into(), async {
                let (authkit, session) = (authkit.clone(), session.clone());
                // In a task of its own: a browser that hangs up must not cut off the call, or the
                // refresh token would be used up with nobody knowing its successor.
                tokio::spawn(async move { renew(&authkit, &session).await })
                    .await
                    .unwrap_or(Err(RefreshError::Interrupted))
                    .map(Arc::new)
            })
            .await
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
    let (session, claims) = authkit.admit(granted).await?;
    Ok(Renewed { session, claims })
}
