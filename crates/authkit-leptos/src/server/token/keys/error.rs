//! [`JwksError`]: why there are no keys to check a token with.
//!
//! Made while keys are fetched and read; shown by refusals, the log and the doctor.

use crate::server::token::text::shown;

/// Why there are no keys to check with. None of these says anything about the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// No connection, or a broken one.
    #[error("the JWKS endpoint can't be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the JWKS endpoint did not answer within 2 seconds")]
    TimedOut,
    /// An HTTP status other than 200.
    #[error("the JWKS endpoint answered HTTP {0}")]
    Status(u16),
    /// A redirect that is not followed: to another origin, where somebody else's keys could be, or one
    /// too many.
    #[error(
        "the JWKS endpoint answered HTTP {0}, a redirect to another origin or without end: configure the address where the keys are"
    )]
    Redirect(u16),
    /// Something other than JSON.
    #[error(
        "the JWKS endpoint answered {0}, not application/json or application/jwk-set+json: is the address right?"
    )]
    ContentType(String),
    /// More than is read.
    #[error("the JWKS endpoint answered with more than 256 kB")]
    TooLong,
    /// More keys than are read.
    #[error("the JWKS endpoint answered with {0} keys, and more than 64 are not read")]
    TooManyKeys(usize),
    /// An answer that isn't a set of keys.
    #[error("the JWKS endpoint did not answer with a set of keys")]
    NotASet,
    /// A set without a key that could be used.
    #[error(
        "the JWKS has no key this app can use: RSA of 2048 bits or more, P-256 or Ed25519, with a kid, for signatures"
    )]
    NoUsableKey,
    /// A name that several keys for one algorithm have (RFC 7517 §4.5 wants them distinct).
    #[error(
        "the JWKS has several keys with the kid \"{}\", and which of them is meant would have to be guessed",
        shown(.0)
    )]
    KidTwice(String),
    /// The discovery document is another issuer's (OpenID Connect Discovery §4.3).
    #[error("the discovery document says its issuer is {found:?}, not {expected:?}")]
    OtherIssuer {
        /// Whose document was asked for.
        expected: String,
        /// Whose it is.
        found: String,
    },
    /// The discovery document is none.
    #[error("the issuer's /.well-known/openid-configuration does not say where its keys are")]
    NotDiscovery,
    /// It names an address that keys are not fetched from: over plain http, or on this machine.
    #[error("the discovery document names an address for the keys that {0}")]
    UnsafeAddress(&'static str),
}
