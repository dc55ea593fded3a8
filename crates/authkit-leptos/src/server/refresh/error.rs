//! Why there is no new session: over for good, not to be had right now, or not in that organization.

use crate::{
    server::{
        cookie_sealer::SealError,
        ledger::LedgerError,
        token::{CheckError, Malformed, TokenError},
        workos::{Failure, Refusal},
    },
    switch::Requirement,
};
use std::time::Duration;

/// Why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// WorkOS did not grant one.
    #[error(transparent)]
    WorkOs(#[from] Failure),
    /// It granted one that does not pass the checks.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The new session belongs to another user.
    #[error("the new session is another user's")]
    OtherUser,
    /// Another process asked and got no usable answer.
    #[error("the refresh failed in another process")]
    Elsewhere,
    /// There is no answer yet, or the task that asked came to an end without one.
    #[error("the refresh has not been answered in time")]
    NoAnswer,
    /// WorkOS is left alone for a while.
    #[error("WorkOS is not asked for now")]
    Paused {
        /// Try again after this long.
        retry_after: Duration,
    },
    /// The ledger cannot grant the lease, so no process may refresh: a refresh token works once.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What the ledger keeps could not be opened: sealed under a password that is gone, or tampered.
    #[error("the stored successor can't be opened")]
    Successor,
    /// The new session could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl RefreshError {
    /// Whether the session is over, as opposed to: could not be renewed just now.
    pub fn is_final(&self) -> bool {
        match self {
            Self::WorkOs(failure) => failure.ends_session(),
            // A fresh token that has expired already, or is not valid yet: a clock is wrong. One of an
            // unknown key: the keys we were given are older than the token.
            Self::Check(CheckError::Token(
                TokenError::CouldNotCheck(_)
                | TokenError::KeyUnknown { .. }
                | TokenError::Expired { .. }
                | TokenError::NotYetValid { .. },
            )) => false,
            Self::Check(_) | Self::OtherUser => true,
            // Sealed by a process that has a newer password, while it is being changed.
            Self::Successor
            | Self::Elsewhere
            | Self::NoAnswer
            | Self::Paused { .. }
            | Self::Ledger(_)
            | Self::Seal(_) => false,
        }
    }

    /// What the organization asks for, if that is why.
    pub fn requirement(&self) -> Option<Requirement> {
        match self {
            Self::WorkOs(Failure::Refused(Refusal::Required(requirement))) => Some(*requirement),
            _ => None,
        }
    }

    /// Whether the user is not, or no longer, a member of the organization.
    pub fn is_not_a_member(&self) -> bool {
        matches!(self, Self::WorkOs(Failure::Refused(Refusal::NotAMember)))
    }

    /// What the organization has said that a session was to move to, if it refused the session.
    pub fn organizations_refusal(&self) -> Option<Refusal> {
        match self {
            Self::WorkOs(Failure::Refused(refusal)) if *refusal != Refusal::Grant => Some(*refusal),
            _ => None,
        }
    }

    /// Time until the next try makes sense, if WorkOS has named one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Paused { retry_after } => Some(*retry_after),
            Self::WorkOs(failure) => failure.retry_after(),
            _ => None,
        }
    }

    /// The reason code for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WorkOs(failure) => failure.code(),
            Self::Check(CheckError::Token(
                TokenError::Expired { .. } | TokenError::NotYetValid { .. },
            )) => "clock_skew",
            Self::Check(CheckError::Token(TokenError::Malformed(Malformed::TooLong(_)))) => {
                "session_too_long"
            }
            Self::Check(CheckError::Token(error)) => error.code(),
            Self::Check(CheckError::OtherSubject) => "token_subject",
            Self::OtherUser => "refresh_other_user",
            Self::Elsewhere => "refresh_failed_elsewhere",
            Self::NoAnswer => "refresh_no_answer",
            Self::Paused { .. } => "refresh_paused",
            Self::Ledger(_) => "ledger_unavailable",
            Self::Successor => "successor_unreadable",
            Self::Seal(_) => "seal_failed",
        }
    }

    /// What the operator of the app has to change, if anything.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::WorkOs(Failure::Misconfigured) => Some(
                "WorkOS does not accept WORKOS_API_KEY with WORKOS_CLIENT_ID; compare both with the dashboard",
            ),
            Self::Check(CheckError::Token(
                TokenError::Expired { .. } | TokenError::NotYetValid { .. },
            )) => Some("a token is out of date on arrival: set this machine's clock"),
            Self::Ledger(_) => Some("the database can't be asked who refreshes"),
            _ => None,
        }
    }
}
