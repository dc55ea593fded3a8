//! The emulator's state: one [`Memory`] behind one mutex, written to disk after each change. Every endpoint reads
//! and changes it here, one closure per step, so two concurrent requests cannot use the same code or token.
//! The mutex must never be held across an await.

pub mod file;
pub mod memberships;
pub mod memory;
pub mod model;
pub mod queries;
pub mod refresh_tokens;
pub mod rights;
pub mod seeding;
pub mod sessions;
pub mod users;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use memory::Memory;

use crate::state::keys::{KeyError, KeyRing};
use crate::state::seed::error::SeedError;
use crate::state::seed::{self, Seed};

/// The state and its file.
pub struct Store {
    state: Mutex<Memory>,
    file: Option<PathBuf>,
    seed: Seed,
}

/// Why the state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state file or its folder cannot be read or written.
    #[error("the state file {} cannot be used: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The seed cannot be used.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// No signing key could be generated.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Store {
    /// Reads the file, or makes a new state with new keys, and applies the seed, which is read first.
    ///
    /// Generating a key takes about 0.1 s of CPU: call it off the async threads.
    pub fn open(
        file: Option<PathBuf>,
        seed_file: Option<&Path>,
        now: Timestamp,
    ) -> Result<Store, StoreError> {
        let seed = Seed::read(seed_file)?;
        let refused = |source| StoreError::File {
            file: file.clone().unwrap_or_default(),
            source,
        };
        let loaded = match &file {
            Some(path) => file::load(path).map_err(refused)?,
            None => None,
        };
        // The first call is slow: here it delays the start, not the request that adds a user.
        let password_hash = seed::password_hash();
        let mut state = match loaded {
            Some(mut state) => {
                state.forget_expired(now);
                state
            }
            None => Memory::empty(KeyRing::generate(now)?),
        };
        state.apply(&seed, password_hash, now);
        if let Some(path) = &file {
            file::save(path, &state).map_err(refused)?;
        }
        Ok(Store {
            state: Mutex::new(state),
            file,
            seed,
        })
    }

    /// What the state began with, and begins with again after a reset.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Reads the state.
    pub fn read<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state and saves it before the answer is returned.
    ///
    /// The write is a few kilobytes and happens under the lock, so the file has the order of changes.
    /// Each change writes the whole file: run an emulator with thousands of sessions without one.
    pub fn change<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        let mut state = self.lock();
        let answer = change(&mut state);
        if let Some(path) = &self.file
            && let Err(error) = file::save(path, &state)
        {
            // The state in memory is still correct, so the request succeeds; only a restart would lose the change.
            tracing::error!(file = %path.display(), %error, "the emulator's state was not saved");
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // After a panic in a closure the state is at worst outdated, and other tests can continue.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
