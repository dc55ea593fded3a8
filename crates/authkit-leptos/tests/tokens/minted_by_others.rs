//! What the verifier accepts is what the rest of the world signs: `openssl`, and npm's `jose`.

use super::{
    minted::{Minted, Openssl, mint_with_jose},
    rig::{ALGORITHMS, AUDIENCE, Frozen, claims, issuer, provider},
};
use authkit_leptos::server::token::Algorithm;

async fn assert_accepted(algorithm: Algorithm, minted: Minted) {
    let provider = provider(issuer(algorithm), Some(AUDIENCE), &minted.jwks, algorithm);
    let verifier = Frozen::new([provider]);
    let verified = verifier.verify(&minted.token).await;
    let verified = verified.unwrap_or_else(|refusal| panic!("{algorithm}: {refusal}"));
    assert_eq!(verified.claims["sub"], "user_1");

    let (message, signature) = minted.token.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forged = format!("{header}.{}.{signature}", forged_claims(algorithm));
    let refusal = verifier.verify(&forged).await.unwrap_err();
    assert_eq!(refusal.error.code(), "token_signature", "{algorithm}");
}

fn forged_claims(algorithm: Algorithm) -> String {
    let mut claims = claims(algorithm);
    claims["sub"] = "user_2".into();
    super::rig::encode(claims.to_string())
}

#[tokio::test]
async fn tokens_signed_by_openssl_are_accepted() {
    for algorithm in ALGORITHMS {
        // Numbers in DER are shorter now and then: more than one signature, so that this is met.
        let key = Openssl::key(algorithm.name());
        for _ in 0..8 {
            assert_accepted(algorithm, key.mint("openssl", &claims(algorithm))).await;
        }
    }
}

#[tokio::test]
async fn tokens_signed_by_jose_are_accepted() {
    for algorithm in ALGORITHMS {
        let minted = mint_with_jose(algorithm.name(), "jose", &claims(algorithm));
        assert_accepted(algorithm, minted).await;
    }
}
