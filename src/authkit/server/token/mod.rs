//! Checking an access token: signature, issuer, dates and for whom it is.
//!
//! Used by the layer on each request and by the callback before a session is made.

pub mod jwks;
pub mod verifier;
