//! [`Caller`]: who sent a request.
//!
//! The layer asks the [`Authenticator`] once per request and puts the answer into the request's extensions. Everything
//! behind the layer reads it there. A caller never leaves the server: it holds claims and a token.

mod authenticate;
pub(super) mod bearer;
mod challenge;
pub(super) mod guard;
mod guarded;
pub(super) mod identity;
mod kinds;
mod latest;
mod memory;
pub(super) mod not_allowed;
mod published_claims;
mod remembered;
mod rights_digest;

pub(super) use authenticate::Authenticator;
pub use authenticate::RememberedStats;
pub use bearer::BearerError;
pub use guarded::Guarded;
pub use identity::{ClaimMismatch, IdentityError, UserIdentity};
pub(super) use kinds::signed_in;
pub use kinds::{Caller, SessionCaller};
pub(super) use latest::Latest;
pub use not_allowed::NotAllowed;
pub(super) use published_claims::PublishedClaims;
pub(super) use remembered::Remembered;
