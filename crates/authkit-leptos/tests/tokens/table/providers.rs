//! Several providers at once: the token decides by issuer and audience which is meant, the provider
//! decides with which key and algorithm (RFC 8725 §3.8, §3.9).

use super::Table;
use crate::rig::{Key, NOW, compact, provider, set, with};
use authkit_leptos::server::token::{Algorithm, Provider};
use serde_json::{Value, json};

const ISSUER: &str = "https://shared.example";

fn token(key: &Key, algorithm: Algorithm, changes: Value) -> String {
    let header = json!({"alg": algorithm.name(), "kid": key.kid}).to_string();
    let claims = json!({"iss": ISSUER, "sub": "user_1", "aud": "one", "exp": NOW + 60});
    let claims = with(claims, changes).to_string();
    compact(header, claims, |message| {
        key.sign(algorithm.name(), message)
    })
}

fn of(issuer: &str, audience: Option<&str>, key: &Key, algorithm: Algorithm) -> Provider {
    provider(
        issuer,
        audience,
        &set(std::slice::from_ref(&key.jwk)),
        algorithm,
    )
}

pub fn add(table: &mut Table<'_>) {
    let rig = table.rig;
    let es = Algorithm::Es256;
    let audience = |name| of(ISSUER, Some(name), &rig.ec, es);
    let two = vec![audience("one"), audience("two")];
    for (name, aud, expected) in [
        ("the first", json!("one"), Ok(0)),
        ("the second", json!("two"), Ok(1)),
        ("both", json!(["two", "one"]), Ok(0)),
        ("neither", json!("three"), Err("token_audience")),
        ("nobody", json!(null), Err("token_audience")),
    ] {
        let token = token(&rig.ec, es, json!({"aud": aud}));
        table.row(
            format!("two audiences, one issuer: for {name}"),
            two.clone(),
            token,
            expected,
        );
    }

    let any = vec![audience("one"), of(ISSUER, None, &rig.ec, es)];
    for (name, aud, expected) in [
        ("for the first", json!("one"), Ok(0)),
        ("for somebody else", json!("three"), Ok(1)),
        ("without an audience", json!(null), Ok(1)),
        ("with a number for one", json!(7), Ok(1)),
    ] {
        let token = token(&rig.ec, es, json!({"aud": aud}));
        table.row(
            format!("a provider for any audience: {name}"),
            any.clone(),
            token,
            expected,
        );
    }

    // The same id at two providers: each has its own key, and neither signs for the other.
    let stranger = rig.stranger(es);
    let other = "https://other.example";
    let same_id = vec![audience("one"), of(other, Some("one"), stranger, es)];
    for (name, key, iss, expected) in [
        ("the first's key and issuer", &rig.ec, ISSUER, Ok(0)),
        ("the second's key and issuer", stranger, other, Ok(1)),
        (
            "the first's key, the second's issuer",
            &rig.ec,
            other,
            Err("token_signature"),
        ),
        (
            "the second's key, the first's issuer",
            stranger,
            ISSUER,
            Err("token_signature"),
        ),
    ] {
        let token = token(key, es, json!({"iss": iss}));
        table.row(
            format!("two keys of one id: {name}"),
            same_id.clone(),
            token,
            expected,
        );
    }
    let same_issuer = vec![audience("one"), of(ISSUER, Some("one"), stranger, es)];
    for (name, key, expected) in [("first", &rig.ec, Ok(0)), ("second", stranger, Ok(1))] {
        let token = token(key, es, json!({}));
        let name = format!("two keys of one id and issuer: the {name}'s");
        table.row(name, same_issuer.clone(), token, expected);
    }

    let algorithms = vec![
        of(ISSUER, Some("one"), &rig.rsa, Algorithm::Rs256),
        of(ISSUER, Some("two"), &rig.ec, es),
    ];
    for (name, key, algorithm, aud, expected) in [
        (
            "RS256 for its audience",
            &rig.rsa,
            Algorithm::Rs256,
            "one",
            Ok(0),
        ),
        ("ES256 for its audience", &rig.ec, es, "two", Ok(1)),
        (
            "RS256 for the other's",
            &rig.rsa,
            Algorithm::Rs256,
            "two",
            Err("token_audience"),
        ),
        (
            "ES256 for the other's",
            &rig.ec,
            es,
            "one",
            Err("token_audience"),
        ),
    ] {
        let token = token(key, algorithm, json!({"aud": aud}));
        let name = format!("two algorithms at one issuer: {name}");
        table.row(name, algorithms.clone(), token, expected);
    }

    // The reason that counts is that of the provider where the token got furthest.
    let expired = token(&rig.ec, es, json!({"aud": "two", "exp": NOW - 60}));
    table.row(
        "two audiences, one issuer: expired for the second",
        two,
        expired,
        Err("token_expired"),
    );
    table.says("[https://shared.example for two] expired 60 s ago");
    let none = token(&rig.ec, es, json!({}));
    table.row(
        "no provider at all",
        Vec::new(),
        none,
        Err("jwks_unavailable"),
    );
}
