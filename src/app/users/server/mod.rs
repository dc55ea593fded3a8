//! The table `users`: one row for each user, kept current with WorkOS by sign-ins, webhooks and
//! `sync-users`. Older news never overwrites newer, and a user who was deleted stays deleted.

mod news;
mod walk;

pub use news::{Noted, follow, keep, remember, remove};
pub use walk::{Counts, Walk, WalkError, latest};

/// The topic of who users are: their names and pictures.
pub const USERS: &str = "users";
