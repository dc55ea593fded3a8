//! Checking a token: who issued it, for whom, with which key, and whether it is valid now.
//!
//! Used by the layer on each request, by the callback before a session is made, and by whoever wants
//! to know why a token is refused. Reads top to bottom: [`decoded`] takes a token apart without
//! believing it, [`provider`] says whom to believe, [`keys`] has their keys, [`verifier`] decides, and
//! [`refusal`] has the words.

mod address;
mod algorithm;
pub mod claims;
pub mod decoded;
pub mod keys;
pub mod provider;
mod provider_file;
pub mod refusal;
mod text;
pub mod verifier;

pub use algorithm::Algorithm;
pub use claims::Claims;
pub(in crate::server) use claims::texts;
pub use decoded::{Decoded, Malformed};
pub use keys::{
    cache::{Jwks, TokenSource},
    error::JwksError,
    fetch,
};
pub use provider::{Audience, KeySource, Provider};
pub use provider_file::ProvidersError;
pub use refusal::{Refusal, TokenError, Verdict};
pub use text::shown;
pub(crate) use verifier::CheckError;
pub(in crate::server) use verifier::Grounds;
pub use verifier::{Examination, Verified, Verifier};
