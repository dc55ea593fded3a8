//! Checking a token: who issued it, for whom, with which key, and whether it is valid now.
//!
//! Used by the layer on each request, by the callback before a session is made, and by whoever wants
//! to know why a token is refused. Reads top to bottom: [`decoded`] takes a token apart without
//! believing it, [`provider`] says whom to believe, [`jwks`] has their keys, [`verifier`] decides, and
//! [`refusal`] has the words.

mod address;
pub mod claims;
pub mod decoded;
pub mod fetch;
pub mod jwks;
mod key;
pub(super) mod key_set;
pub mod provider;
pub mod refusal;
pub mod verifier;

pub use claims::Claims;
pub use decoded::{Decoded, Malformed};
pub use jwks::{Jwks, JwksError, TokenSource};
pub use provider::{Algorithm, Audience, KeySource, Provider, ProvidersError};
pub use refusal::{Refusal, TokenError, Verdict, shown};
pub(crate) use verifier::CheckError;
pub use verifier::{Examination, Verified, Verifier};
