//! Pages that say one thing, of a sign-in or instead of another page: signed out, sign-in failed, confirm a
//! sign-in, account deleted, forbidden, no organization, unavailable, not found.
//!
//! Each is a route of the app, but for [`not_found`], which is at every other address, and [`no_organization`], which is
//! shown in place of a page.

mod account_deleted;
mod confirm_sign_in;
mod no_organization;
mod not_found;
mod sign_in_failed;
mod signed_out;
mod turned_away;

pub use account_deleted::account_deleted;
pub use confirm_sign_in::confirm_sign_in;
pub use no_organization::no_organization;
pub use not_found::not_found;
pub use sign_in_failed::sign_in_failed;
pub use signed_out::signed_out;
pub use turned_away::{forbidden, unavailable};
