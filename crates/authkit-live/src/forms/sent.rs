//! [`Sent`]: a submission as the page shows it: what was sent, and, once it is known, what came of it.
//!
//! Made by a form, and handed to what shows it. Never changes what was sent.

use crate::mutation::Mutation;
use std::{ops::Deref, sync::OnceLock};

/// What the ids of rows begin with that are not stored yet.
const PENDING: &str = "pending ";

/// A submission of a mutation; its arguments are those of `M`, by `Deref`.
pub struct Sent<M: Mutation> {
    arguments: M,
    id: String,
    pub(super) answer: OnceLock<M::Answer>,
}

impl<M: Mutation> Sent<M> {
    pub(super) fn new(arguments: M, nth: u32) -> Self {
        Self {
            arguments,
            id: pending_id(nth),
            answer: OnceLock::new(),
        }
    }

    /// An id for a row of it that is not stored yet: unlike any other in the page.
    #[must_use]
    pub fn pending_id(&self) -> &str {
        &self.id
    }

    /// What the server answered; `None` until then. What is shown becomes this, before the next answer of the query has it.
    #[must_use]
    pub fn answer(&self) -> Option<&M::Answer> {
        self.answer.get()
    }
}

impl<M: Mutation> Deref for Sent<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.arguments
    }
}

/// The id of a row of the page's `nth` submission, until it is stored.
pub(crate) fn pending_id(nth: u32) -> String {
    format!("{PENDING}{nth}")
}

/// Whether this is the id of a row that is not stored yet.
///
/// ```
/// assert!(!authkit_live::is_pending("01KAZXV0M3W5Z3V5Y8C4T1N7QE"));
/// ```
#[must_use]
pub fn is_pending(id: &str) -> bool {
    id.starts_with(PENDING)
}
