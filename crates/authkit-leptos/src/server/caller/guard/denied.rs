//! [`Denied`]: why a guard refuses a caller whose identity is known.
//!
//! Made by guards, turned into a status and a challenge by `NotAllowed`. What it names is for programs and logs.

/// Why a caller whose identity is known may not pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// A role, permission, flag or kind of session is missing: 403 (RFC 6750 §3.1, `insufficient_scope`).
    #[error("{0} is needed")]
    Forbidden(String),
    /// The sign-in is too long ago: 401 (RFC 9470).
    #[error("a sign-in within the last {max_age} seconds is needed")]
    SignInTooOld {
        /// Seconds.
        max_age: u64,
    },
}

impl Denied {
    /// Refuses a caller who lacks something, which `needed` names: a noun, as in "the role admin".
    pub(super) fn unless(allowed: bool, needed: impl FnOnce() -> String) -> Result<(), Self> {
        match allowed {
            true => Ok(()),
            false => Err(Self::Forbidden(needed())),
        }
    }
}
