//! Claims of wrong types, for somebody else, of another time (RFC 7519 §4.1). All properly signed.

use super::Table;
use crate::rig::{AUDIENCE, NOW, claims, issuer};
use authkit_leptos::server::token::Algorithm;
use serde_json::{Value, json};

const OF: Algorithm = Algorithm::Es256;
const PLACE: usize = 1;

pub fn add(table: &mut Table<'_>) {
    dates(table);
    audiences(table);
    issuers(table);
    subjects(table);
}

/// A row for a claim of this value; without a code it is accepted.
fn claim(table: &mut Table<'_>, name: &str, value: &Value, code: Option<&'static str>) {
    let title = match value.to_string() {
        text if text.len() > 60 => format!("{name} is {}… of {} bytes", &text[..20], text.len()),
        text => format!("{name} is {text}"),
    };
    // Written by hand, because null means "leave it out" elsewhere.
    let mut all = claims(OF);
    all[name] = value.clone();
    let token = table.rig.signed(OF, &table.rig.header(OF), &all);
    match code {
        Some(code) => table.refuses(code, title, token),
        None => table.accepts(PLACE, title, token),
    }
}

fn missing(table: &mut Table<'_>, name: &str, code: Option<&'static str>) {
    let token = table.rig.with_claims(OF, json!({name: null}));
    match code {
        Some(code) => table.refuses(code, format!("no {name}"), token),
        None => table.accepts(PLACE, format!("no {name}"), token),
    }
}

fn dates(table: &mut Table<'_>) {
    let expired = Some("token_expired");
    let early = Some("token_not_yet_valid");
    let malformed = Some("token_malformed");
    let now = i64::try_from(NOW).unwrap();
    for (ahead, code) in [
        (300, None),
        (0, None),
        (-9, None),
        (-10, expired),
        (-11, expired),
        (-86_400, expired),
    ] {
        claim(table, "exp", &json!(now + ahead), code);
    }
    table.says("expired 86400 s ago: get a new one");
    for (ahead, code) in [
        (-300, None),
        (0, None),
        (10, None),
        (11, early),
        (86_400, early),
    ] {
        claim(table, "nbf", &json!(now + ahead), code);
    }
    table.says("not valid yet: nbf is 86400 s ahead");
    for (ahead, code) in [(-86_400, None), (0, None), (300, None), (301, early)] {
        claim(table, "iat", &json!(now + ahead), code);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double has room for any date here"
    )]
    let at = |offset: f64| json!(NOW as f64 + offset);
    for (name, value, code) in [
        ("exp", at(0.5), None),
        ("exp", at(-9.5), None),
        ("exp", at(-10.0), expired),
        ("exp", at(-10.5), expired),
        ("nbf", at(9.5), None),
        ("nbf", at(10.5), early),
        ("exp", json!(1.9e9), None),
        ("exp", json!(1e300), None),
        ("exp", json!(u64::MAX), None),
        ("exp", json!(-1), expired),
        ("exp", json!(-1e300), expired),
        ("exp", json!(i64::MIN), expired),
        ("exp", json!(0), expired),
        ("exp", json!(-0.0), expired),
        ("nbf", json!(-1), None),
        ("nbf", json!(-1e300), None),
        ("nbf", json!(1e300), early),
        ("nbf", json!(u64::MAX), early),
        ("iat", json!(-1), None),
        ("iat", json!(1e300), early),
        // Milliseconds, as JavaScript has them: far in the future.
        ("exp", json!((NOW + 300) * 1000), None),
        ("nbf", json!(NOW * 1000), early),
    ] {
        claim(table, name, &value, code);
    }
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!(null),
            json!(true),
            json!(""),
            json!("soon"),
            json!((NOW + 300).to_string()),
            json!("2027-01-15T08:00:00Z"),
            json!([NOW + 300]),
            json!({"$date": NOW}),
        ] {
            claim(table, name, &value, malformed);
            table.says("it must be a number of seconds");
        }
    }
    missing(table, "exp", malformed);
    table.says("exp missing: every token needs it");
    missing(table, "iat", None);
    let both = json!({"nbf": NOW + 60, "exp": NOW - 60});
    let token = table.rig.with_claims(OF, both);
    table.refuses("token_not_yet_valid", "nbf after exp", token);
}

fn audiences(table: &mut Table<'_>) {
    let other = Some("token_audience");
    for (value, code) in [
        (json!([AUDIENCE]), None),
        (json!(["other", AUDIENCE]), None),
        (json!([7, null, AUDIENCE]), None),
        (json!([AUDIENCE, AUDIENCE]), None),
        (json!("other"), other),
        (json!("App"), other),
        (json!("app "), other),
        (json!("app/"), other),
        (json!("app,other"), other),
        (json!("app\u{0}"), other),
        (json!("my-app"), other),
        (json!("ap"), other),
        (json!(["APP"]), other),
        (json!([[AUDIENCE]]), other),
        (json!([{"aud": AUDIENCE}]), other),
        (json!({AUDIENCE: true}), other),
        (json!("*"), other),
        (json!(""), other),
        (json!([]), other),
        (json!([""]), other),
        (json!(7), other),
        (json!(true), other),
        (json!(null), other),
    ] {
        claim(table, "aud", &value, code);
    }
    missing(table, "aud", other);
    table.says("aud missing: it must contain \"app\"");
    let token = table.rig.with_claims(OF, json!({"aud": "other"}));
    table.refuses("token_audience", "for another", token);
    table.says("does not contain \"app\": the token is for another application");
}

fn issuers(table: &mut Table<'_>) {
    let other = Some("token_issuer");
    let right = issuer(OF);
    for (wrong, sentence) in [
        (format!("{right}/"), "remove the trailing slash"),
        (right.replace("https", "http"), "same address, other scheme"),
        (right.replace("es256", "ES256"), "same letters, other case"),
        (right.replace("https", "HTTPS"), "same letters, other case"),
        (format!("{right}:443"), "issuer \""),
        (format!("{right}."), "issuer \""),
        (format!("{right}.evil.example"), "issuer \""),
        (format!("{right}@evil.example"), "issuer \""),
        (format!("{right}?a"), "issuer \""),
        (format!("{right}#a"), "issuer \""),
        (format!(" {right}"), "issuer \""),
        (format!("{right}\0"), "issuer \""),
        (right.replace("://", "://www."), "issuer \""),
        (right.replace("es256", "%65s256"), "issuer \""),
        (right.replace("es256", "еs256"), "issuer \""),
        (right[8..].to_owned(), "same address, other scheme"),
        ("https://evil.example".into(), "issuer \""),
        (String::new(), "issuer \"\""),
    ] {
        claim(table, "iss", &json!(wrong), other);
        table.says(sentence);
    }
    for value in [
        json!(null),
        json!(7),
        json!([right]),
        json!({"iss": right}),
        json!(true),
    ] {
        claim(table, "iss", &value, Some("token_malformed"));
    }
    missing(table, "iss", other);
    table.says("iss missing");
    // One provider's key can't speak for another's issuer, though they publish the same keys.
    for (index, of) in crate::rig::ALGORITHMS.into_iter().enumerate() {
        let others = crate::rig::ALGORITHMS
            .into_iter()
            .filter(|other| *other != of);
        for victim in others {
            let token = table.rig.with_claims(of, json!({"iss": issuer(victim)}));
            table.refuses(
                "token_algorithm",
                format!("{of} for {victim}'s issuer"),
                token,
            );
        }
        assert_eq!(table.providers[index].issuer(), issuer(of));
    }
}

fn subjects(table: &mut Table<'_>) {
    let malformed = Some("token_malformed");
    missing(table, "sub", malformed);
    table.says("sub missing: every token needs it");
    for value in [
        json!(null),
        json!(7),
        json!(["user_1"]),
        json!({}),
        json!(false),
    ] {
        claim(table, "sub", &value, malformed);
        claim(table, "sid", &value, malformed);
    }
    let long = "u".repeat(4000);
    for value in ["user_2", "", "' OR 1=1 --", "é\u{202e}", &long] {
        claim(table, "sub", &json!(value), None);
    }
    claim(table, "sid", &json!("session_1"), None);
    claim(table, "jti", &json!(7), None);
    claim(table, "roles", &json!({"admin": true}), None);
}
