//! The users of the app: what they may know of each other ([`Person`]), and the table `users`, one row per user.
//!
//! The crate `authkit-users` keeps the rows current with WorkOS. Features join the table to show a name without asking
//! WorkOS.

mod person;

#[cfg(feature = "ssr")]
pub use authkit_users::{USERS, keep, remember};
pub use person::Person;
