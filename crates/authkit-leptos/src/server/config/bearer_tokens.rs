//! `BEARER_TOKENS`: whose access tokens are read.
//!
//! Read by the configuration, obeyed by the layers.

use std::str::FromStr;

/// Which requests' `Authorization: Bearer …` headers are read: `BEARER_TOKENS`. A proxy that signs users in adds a token
/// of its own to every request it forwards, and that token would take the place of the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BearerTokens {
    /// Those of all requests.
    #[default]
    Accept,
    /// Those of programs. A browser's request is authenticated by its cookies: each request with Fetch Metadata
    /// (`Sec-Fetch-Mode`), which browsers add over https and on this machine, and no script can leave out.
    Programs,
    /// None: every request is authenticated by its cookies.
    Ignore,
}

/// An unknown value of `BEARER_TOKENS`.
#[derive(Debug, thiserror::Error)]
#[error("is none of accept, programs and ignore")]
pub struct UnknownBearerTokens;

impl FromStr for BearerTokens {
    type Err = UnknownBearerTokens;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "accept" => Ok(Self::Accept),
            "programs" => Ok(Self::Programs),
            "ignore" => Ok(Self::Ignore),
            _ => Err(UnknownBearerTokens),
        }
    }
}
