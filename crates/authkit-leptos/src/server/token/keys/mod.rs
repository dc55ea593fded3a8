//! The public keys of providers (RFC 7517): fetched, read, and cached.
//!
//! Asked by the verifier for a key by its id. From the bottom: [`error`], `key` judges one key, `set` reads a set of them,
//! [`fetch`] gets a document, [`cache`] keeps the keys of a provider. Knows nothing of tokens.

pub mod cache;
pub mod error;
pub mod fetch;
mod key;
pub(in crate::server) mod set;
