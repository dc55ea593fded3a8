//! The verdict of the verifier is that of npm's `jose` on 2,000 random tokens, good and mutated.
//!
//! Where the policy here is stricter on purpose is listed once, in [`stricter_on_purpose`]; it is
//! never more lenient. `TOKENS_SEED` repeats a run.

use super::{
    minted::node,
    mutations::{Case, Cases, Made},
    rig::{ALGORITHMS, AUDIENCE, Frozen, NOW, Rig, issuer, provider, set},
};
use authkit_leptos::server::token::{Malformed, TokenError, decoded::Part};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, env};

/// How many tokens.
const TOKENS: usize = 2000;

/// What jose says.
#[derive(Deserialize)]
struct Verdict {
    accepted: bool,
    #[serde(default)]
    code: String,
    claim: Option<String>,
}

/// Why a token that jose accepts is refused here, for each reason for which that is meant to be.
fn stricter_on_purpose(error: &TokenError) -> Option<&'static str> {
    Some(match error {
        TokenError::KeyMissing => "a key is chosen by its name, never because it is the only one",
        TokenError::NotYetValid { claim: "iat", .. } => {
            "more than 300 s ahead is a mistake over there"
        }
        TokenError::Type(_) => "RFC 8725 §3.11: a token for something else is no access token",
        TokenError::Critical(_) => "RFC 7797 is not understood here, so b64 may not be critical",
        TokenError::Malformed(malformed) => match malformed {
            Malformed::Encoding { .. } => {
                "RFC 7515 §2: one way to write a token, or it has two names"
            }
            Malformed::Wrapped(_) => "the same, with words for what people paste",
            Malformed::Duplicate(_) => "RFC 7519 §4: two readers could believe another one each",
            Malformed::TooLong(_) => "nobody's token is so long, and reading takes time",
            Malformed::WrongType {
                name: "sub" | "sid" | "typ",
                ..
            } => "RFC 7519 §4.1.2: text",
            Malformed::NotAnObject(Part::Payload | Part::Header) => {
                "RFC 8259: no byte order mark, no half characters, no numbers beyond doubles"
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The codes that go with what jose says of a token that is signed as it should be and has one thing
/// wrong with it. Bits that were flipped are seen by the signature there, by what they broke here.
fn reasons(verdict: &Verdict) -> &'static [&'static str] {
    match (verdict.code.as_str(), verdict.claim.as_deref()) {
        ("ERR_JWT_EXPIRED", _) => &["token_expired"],
        ("ERR_JOSE_ALG_NOT_ALLOWED", _) => &["token_algorithm"],
        ("ERR_JWKS_NO_MATCHING_KEY", _) => &["token_kid_unknown", "token_malformed"],
        ("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", _) => &["token_signature"],
        ("ERR_JOSE_NOT_SUPPORTED", _) => &["token_critical"],
        // An empty alg is no algorithm there, and another algorithm here.
        ("ERR_JWS_INVALID", _) => &["token_malformed", "token_critical", "token_algorithm"],
        ("ERR_JWT_INVALID", _) => &["token_malformed", "token_critical"],
        ("ERR_JWT_CLAIM_VALIDATION_FAILED", Some("iss")) => &["token_issuer", "token_malformed"],
        ("ERR_JWT_CLAIM_VALIDATION_FAILED", Some("aud")) => &["token_audience"],
        ("ERR_JWT_CLAIM_VALIDATION_FAILED", Some("nbf")) => {
            &["token_not_yet_valid", "token_malformed"]
        }
        ("ERR_JWT_CLAIM_VALIDATION_FAILED", Some("exp" | "iat" | "sub")) => &["token_malformed"],
        _ => &[],
    }
}

/// Whether jose may refuse for this reason what is refused here for that: the later checks come after
/// all others, so that their reason is jose's too, whatever was done to the token.
fn fits(error: &TokenError, verdict: &Verdict) -> bool {
    let claim = |name| verdict.claim.as_deref() == Some(name);
    match error {
        TokenError::Expired { .. } => verdict.code == "ERR_JWT_EXPIRED",
        TokenError::NotYetValid { claim: "nbf", .. } => claim("nbf"),
        TokenError::Signature => verdict.code == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        TokenError::Issuer { .. } | TokenError::Audience { .. } => {
            verdict.code != "ERR_JWT_EXPIRED"
        }
        _ => true,
    }
}

#[tokio::test]
async fn the_verdict_is_that_of_jose_or_stricter_on_purpose() {
    let seed = match env::var("TOKENS_SEED") {
        Ok(seed) => seed.parse().expect("TOKENS_SEED is a number"),
        Err(_) => getrandom::u64().unwrap(),
    };
    println!("TOKENS_SEED={seed}");
    let rig = Rig::new();
    let keys = set(&[&rig.rsa, &rig.ec, &rig.ed].map(|key| key.jwk.clone()));
    let cases: Vec<Case> = Cases::new(&rig, seed).take(TOKENS).collect();

    let mut lines = String::new();
    for Case { of, token, .. } in &cases {
        let line = json!({
            "token": token, "jwks": keys, "issuer": issuer(*of), "audience": AUDIENCE,
            "algorithm": of.name(), "now": NOW,
        });
        lines += &format!("{line}\n");
    }
    let answer = String::from_utf8(node("verify.mjs", lines.as_bytes())).unwrap();
    let verdicts: Vec<Verdict> = answer
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts.len(), TOKENS);

    let verifiers =
        ALGORITHMS.map(|of| Frozen::new([provider(issuer(of), Some(AUDIENCE), &keys, of)]));
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (case, verdict) in cases.iter().zip(&verdicts) {
        let outcome = verifiers[case.of as usize].verify(&case.token).await;
        let complaint = match (outcome.map_err(|refusal| refusal.error), verdict.accepted) {
            (Ok(_), true) => {
                *outcomes.entry("both accept").or_default() += 1;
                None
            }
            (Ok(_), false) => Some("accepted here".to_owned()),
            (Err(error), true) => match stricter_on_purpose(&error) {
                Some(because) => {
                    *outcomes.entry(because).or_default() += 1;
                    None
                }
                None => Some(format!("refused here: {error}")),
            },
            (Err(error), false) => {
                *outcomes.entry("both refuse").or_default() += 1;
                let wanted = reasons(verdict);
                let stricter = stricter_on_purpose(&error).is_some();
                let same = case.made != Made::WithOneThingWrong
                    || stricter
                    || wanted.contains(&error.code());
                (!same || !fits(&error, verdict)).then(|| format!("for another reason: {error}"))
            }
        };
        complaints.extend(complaint.map(|complaint| {
            let (of, what, token) = (case.of, &case.what, &case.token);
            let jose = (&verdict.code, &verdict.claim);
            format!("{of}, {what}: {complaint}; jose: {jose:?}\n  {token}")
        }));
    }
    println!("{outcomes:#?}");
    let complaints = complaints.join("\n");
    assert!(complaints.is_empty(), "TOKENS_SEED={seed}\n{complaints}");
    // Otherwise the mutations are too tame to tell, or the list has reasons that there are not.
    assert!(outcomes["both accept"] > TOKENS / 10 && outcomes["both refuse"] > TOKENS / 4);
    assert_eq!(
        outcomes.len(),
        2 + 10,
        "a reason to be stricter was never met, or is new"
    );
}
