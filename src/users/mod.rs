//! The users of the app: what they may know of each other ([`Person`]), and the table `users`, one row per user.
//!
//! Sign-ins, webhooks and `sync-users` keep the rows current with WorkOS. Features join the table to show a name
//! without asking WorkOS. Older news never overwrites newer, and a deleted user stays deleted.

mod person;
#[cfg(feature = "ssr")]
mod rows;
#[cfg(feature = "ssr")]
mod walk;

#[cfg(feature = "ssr")]
pub use self::{
    rows::{Noted, USERS, follow, keep, remember, remove},
    walk::Table,
};
pub use person::Person;
