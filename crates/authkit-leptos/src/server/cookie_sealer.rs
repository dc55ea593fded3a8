//! [`CookieSealer`]: seals sessions for the session cookie.
//!
//! Used where a session begins and where it is renewed. Opening is done by `cookies`.

use super::core::{
    chunks,
    seal::{Salt, Sealer},
    session::{Purpose, Session},
};
use std::sync::Arc;

/// The system has no randomness to seal with.
#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness")]
pub(crate) struct SealError(#[from] getrandom::Error);

/// Seals sessions for the cookie of one name.
#[derive(Clone)]
pub(super) struct CookieSealer {
    sealer: Arc<Sealer>,
    name: String,
}

impl CookieSealer {
    /// For the session cookie of this name.
    pub fn new(sealer: Arc<Sealer>, name: String) -> Self {
        Self { sealer, name }
    }

    /// The value of the session cookie. A value that would be too long is made without what is only shown.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, session: &Session) -> Result<String, SealError> {
        let purpose = Purpose::Cookie(&self.name);
        let seal = |session: &Session| {
            Ok::<_, SealError>(session.seal(&self.sealer, random_salt()?, purpose))
        };
        let sealed = seal(session)?;
        match sealed.len() {
            ..=chunks::LONGEST_VALUE => Ok(sealed),
            _ => seal(&session.bare()),
        }
    }

    /// Whether a browser's cookies have room for it.
    pub fn fits(&self, sealed: &str) -> bool {
        chunks::split(&self.name, sealed).is_ok()
    }
}

/// A salt to seal with.
///
/// # Errors
/// [`SealError`].
pub(crate) fn random_salt() -> Result<Salt, SealError> {
    let mut salt = Salt::default();
    getrandom::fill(&mut salt)?;
    Ok(salt)
}
