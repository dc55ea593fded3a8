//! A list of token issuers beside AuthKit, as `AUTH_PROVIDERS` names it: to see whether their number costs anything.
//!
//! Called by `auth`. Their keys are in the file, so nothing is fetched.

use std::{fmt::Write, fs, path::Path};

/// The public key of RFC 8037 §A.2.
const KEY: &str =
    r#"{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// Writes a list of so many, less AuthKit.
pub fn write(file: &Path, count: usize) {
    let mut list = String::new();
    for number in 1..count {
        write!(
            list,
            "[[providers]]\n\
             type = \"custom_jwt\"\n\
             issuer = \"https://issuer-{number}.example\"\n\
             application_id = \"app\"\n\
             jwks = 'data:application/json,{{\"keys\":[{KEY}]}}'\n\
             algorithm = \"EdDSA\"\n\n"
        )
        .expect("text grows");
    }
    fs::write(file, list).expect("a file in a temporary folder");
}
