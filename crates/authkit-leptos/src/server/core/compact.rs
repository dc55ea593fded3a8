//! An access token in three quarters of its length: a JWT is base64url of bytes, and those are sealed and encoded once
//! more.
//!
//! Used by `session`. Gives back every token to the character, whatever it is.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// A token as it is written down.
#[derive(Serialize, Deserialize)]
pub enum CompactToken {
    /// What its three parts decode to.
    Jwt([Vec<u8>; 3]),
    /// Anything else, as it is.
    Text(String),
}

impl CompactToken {
    /// Of a token.
    pub fn of(token: &str) -> Self {
        // Of several texts that would decode to the same bytes, the decoder takes the one that encoding gives.
        let parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part));
        let parts: Result<Vec<_>, _> = parts.collect();
        match parts.ok().and_then(|parts| parts.try_into().ok()) {
            Some(parts) => Self::Jwt(parts),
            None => Self::Text(token.to_owned()),
        }
    }

    /// The token.
    pub fn into_text(self) -> String {
        match self {
            Self::Jwt(parts) => parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join("."),
            Self::Text(token) => token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_token_comes_back_to_the_character(token in "[A-Za-z0-9_=.-]{0,40}|([AQgw_-]{0,6}\\.){2}[AQgw_-]{0,6}") {
            prop_assert_eq!(CompactToken::of(&token).into_text(), token);
        }
    }

    #[test]
    fn a_jwt_takes_three_quarters_of_its_length() {
        let part = "eyJh".repeat(100);
        let token = [part.as_str(); 3].join(".");
        let written = postcard::to_stdvec(&CompactToken::of(&token)).unwrap();
        assert!(
            written.len() <= token.len() * 3 / 4 + 8,
            "{}",
            written.len()
        );
    }
}
