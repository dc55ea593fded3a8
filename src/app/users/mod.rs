//! The users of the app: who they are to each other, and, in `server/`, the rows that say so.
//!
//! WorkOS knows who may sign in; the rows are for joining: a feature shows a name without asking WorkOS.

mod person;
#[cfg(feature = "ssr")]
mod server;

pub use person::Person;
#[cfg(feature = "ssr")]
pub use server::{Counts, Noted, USERS, Walk, WalkError, follow, keep, latest, remember, remove};
