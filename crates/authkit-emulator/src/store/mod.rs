//! The emulator's memory: one state behind one mutex, written to disk after each change.
//! Every endpoint reads and changes it here, in one step each, so a code or a token can't be used
//! twice by two requests at once. The mutex must never be held across an await.

pub mod file;
pub mod memberships;
pub mod model;
pub mod queries;
pub mod refresh_tokens;
pub mod seed;
pub mod sessions;
pub mod users;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use model::State;

use super::keys::{KeyError, KeyRing};

/// The state and where it is kept.
pub struct Store {
    state: Mutex<State>,
    file: Option<PathBuf>,
}

/// Why there is no state to start with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state file or its folder refuses to be read or written.
    #[error("the state file {} cannot be used: {source}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// No key pair could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Store {
    /// Reads the file, or starts afresh with new keys and the seeded users.
    ///
    /// Takes a tenth of a second of computing for a new key: call it off the async threads.
    pub fn open(file: Option<PathBuf>, now: Timestamp) -> Result<Store, StoreError> {
        let refused = |source| StoreError::File {
            file: file.clone().unwrap_or_default(),
            source,
        };
        let loaded = match &file {
            Some(path) => file::load(path).map_err(refused)?,
            None => None,
        };
        // Slow the first time, so here and not where users are added.
        seed::password_hash();
        let state = match loaded {
            Some(mut state) => {
                state.forget_expired(now);
                state
            }
            None => State::seeded(KeyRing::generate(now)?, seed::password_hash(), now),
        };
        if let Some(path) = &file {
            file::save(path, &state).map_err(refused)?;
        }
        Ok(Store {
            state: Mutex::new(state),
            file,
        })
    }

    /// Looks something up.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state and writes it down before anybody hears of the change.
    ///
    /// The write is a few kilobytes and stays under the lock, so that files keep the order of changes.
    /// An emulator for thousands of sessions should have no file: all of it is written each time.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let answer = change(&mut state);
        if let Some(path) = &self.file
            && let Err(error) = file::save(path, &state)
        {
            // Memory is still right; losing a restart's worth of state is better than refusing.
            tracing::error!(file = %path.display(), %error, "the emulator's state was not saved");
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in a closure leaves a state that is at worst old; tests would rather go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
