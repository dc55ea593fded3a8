//! Pages that say one thing, of a sign-in or instead of another page: signed out, sign-in failed, confirm a
//! sign-in, account deleted, unavailable, refused, not found.
//!
//! Handlers of pages that are for the signed-in user call [`instead`]; the rest are routes of the app.

mod account_deleted;
mod confirm_sign_in;
mod instead;
mod not_found;
mod sign_in_failed;
mod signed_out;

pub use account_deleted::account_deleted;
pub use confirm_sign_in::confirm_sign_in;
pub use instead::instead;
pub use not_found::not_found;
pub use sign_in_failed::sign_in_failed;
pub use signed_out::signed_out;
