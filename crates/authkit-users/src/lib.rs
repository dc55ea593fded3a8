//! A copy of WorkOS's users in the app's own database: the table `users`, one row per user.
//!
//! Sign-ins, webhooks ([`follow`]) and [`SyncUsers`] keep the rows current. Features join the table to show a name
//! without asking WorkOS. Older news never overwrites newer, and a deleted user stays deleted.

mod rows;
mod sync_users;
mod walk;

pub use rows::{Noted, USERS, follow, keep, remember, remove};
pub use sync_users::SyncUsers;

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
