//! How a token is written: base64url, dots and JSON in ways that two readers could read differently
//! (RFC 7515 §2 and §3, RFC 7519 §4 and §7.2, RFC 8259). All of it properly signed.

use super::Table;
use crate::rig::{claims, compact, compact_of, encode};
use authkit_leptos::server::token::{Algorithm, decoded::MAX_TOKEN_LENGTH};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde_json::json;

const OF: Algorithm = Algorithm::EdDsa;
const PLACE: usize = 2;

pub fn add(table: &mut Table<'_>) {
    base64(table);
    around(table);
    serializations(table);
    json(table);
    length(table);
}

fn header() -> String {
    json!({"alg": "EdDSA", "kid": "ed"}).to_string()
}

fn payload() -> String {
    claims(OF).to_string()
}

/// JSON of which the last character of base64url has bits that nothing uses.
fn uneven(mut json: String) -> String {
    while json.len() % 3 != 1 {
        json.push(' ');
    }
    json
}

/// Writes a part another way.
type Rewrite = fn(&str) -> String;

fn base64(table: &mut Table<'_>) {
    let rig = table.rig;
    let sign = |message: &[u8]| rig.ed.sign("EdDSA", message);
    let rewrites: [(&str, Rewrite); 13] = [
        ("padded", |part| {
            format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))
        }),
        ("with bits that nothing uses", |part| {
            let (rest, last) = part.split_at(part.len() - 1);
            // A, Q, g or w: the two bits that count are followed by zeros.
            let next = char::from(last.as_bytes()[0] + 1);
            format!("{rest}{next}")
        }),
        ("with + in it", |part| format!("+{}", &part[1..])),
        ("with / in it", |part| format!("/{}", &part[1..])),
        ("with a space before", |part| format!(" {part}")),
        ("with a space in it", |part| {
            format!("{} {}", &part[..4], &part[4..])
        }),
        ("with a line end in it", |part| {
            format!("{}\n{}", &part[..4], &part[4..])
        }),
        ("with a tab after", |part| format!("{part}\t")),
        ("with a zero-width space in it", |part| {
            format!("{}\u{200b}{}", &part[..4], &part[4..])
        }),
        ("with a NUL after", |part| format!("{part}\0")),
        ("percent-encoded", |part| format!("%65{}", &part[1..])),
        ("with a letter that is not ASCII", |part| {
            format!("é{}", &part[1..])
        }),
        ("with a character too many", |part| format!("{part}AAA")),
    ];
    let good = [encode(uneven(header())), encode(uneven(payload()))];
    let whole = compact_of(&good[0], &good[1], sign);
    table.accepts(PLACE, "white space after JSON", whole.clone());
    let signature = whole.rsplit('.').next().unwrap();
    for (name, rewrite) in rewrites {
        let header = compact_of(&rewrite(&good[0]), &good[1], sign);
        let payload = compact_of(&good[0], &rewrite(&good[1]), sign);
        let signature = format!("{}.{}.{}", good[0], good[1], rewrite(signature));
        for (part, token) in [
            ("header", header),
            ("payload", payload),
            ("signature", signature),
        ] {
            table.refuses("token_malformed", format!("a {part} {name}"), token);
        }
    }
    let padded = compact_of(&good[0], &URL_SAFE.encode(uneven(payload())), sign);
    table.refuses("token_malformed", "a payload in padded base64url", padded);
    table.says("the payload is not base64url: it is padded with =");
    let plain = compact_of(&header(), &payload(), sign);
    table.refuses("token_malformed", "JSON that is not encoded at all", plain);
}

fn around(table: &mut Table<'_>) {
    let good = table.rig.good(OF);
    for (name, token, sentence) in [
        ("a space before", format!(" {good}"), "white space"),
        ("a line end after", format!("{good}\n"), "white space"),
        (
            "Bearer before",
            format!("Bearer {good}"),
            "it begins with \"Bearer \"",
        ),
        (
            "quotation marks around",
            format!("\"{good}\""),
            "quotation marks",
        ),
        ("a dot before", format!(".{good}"), "4 segments"),
        ("a dot after", format!("{good}."), "4 segments"),
        ("two tokens in one", format!("{good}.{good}"), "6 segments"),
        (
            "a comma and another",
            format!("{good},{good}"),
            "5 segments",
        ),
        (
            "a cookie's name before",
            format!("token={good}"),
            "the header is not base64url",
        ),
        (
            "encoded dots",
            good.replace('.', "%2E"),
            "it is percent-encoded",
        ),
        ("full-width dots", good.replace('.', "．"), "1 segment"),
        ("nothing at all", String::new(), "it is empty"),
        ("a dot only", ".".into(), "2 segments"),
        (
            "two dots only",
            "..".into(),
            "the header is not a JSON object",
        ),
        ("dots only", ".".repeat(16_000), "16001 segments"),
        ("no dots", good.replace('.', ""), "1 segment"),
        (
            "no signature and no dot",
            good.rsplit_once('.').unwrap().0.into(),
            "the signature is missing",
        ),
        (
            "an API key",
            "sk_test_123".into(),
            "1 segment: this is no JWT",
        ),
    ] {
        let sentence = sentence.split(": this").next().unwrap();
        table.refuses("token_malformed", format!("around: {name}"), token);
        table.says(sentence);
    }
}

/// RFC 7519 §1 and §3: the compact serialization of a JWS, and no other.
fn serializations(table: &mut Table<'_>) {
    let good = table.rig.good(OF);
    let parts: Vec<_> = good.split('.').collect();
    let flattened = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    let general = json!({
        "payload": parts[1],
        "signatures": [{"protected": parts[0], "signature": parts[2]}],
    });
    let jwe = encode(json!({"alg": "dir", "enc": "A256GCM"}).to_string());
    for (name, token) in [
        ("JWS in flattened JSON", flattened.to_string()),
        ("JWS in general JSON", general.to_string()),
        (
            "JWS with a detached payload",
            format!("{}..{}", parts[0], parts[2]),
        ),
        (
            "JWE",
            format!("{jwe}..{}.{}.{}", parts[2], parts[1], parts[2]),
        ),
        (
            "JWE of a good header",
            format!("{good}.{}.{}", parts[2], parts[2]),
        ),
        (
            "an SD-JWT with a disclosure",
            format!("{good}~{}~", parts[1]),
        ),
        ("a PASETO", format!("v4.public.{}", parts[1])),
    ] {
        table.refuses("token_malformed", name, token);
        if name.starts_with("JWE") {
            table.says("this is an encrypted token (JWE), send the signed one");
        } else if name.ends_with("JSON") {
            table.says("it is JSON: send the compact form, three parts with dots between");
        }
    }
}

fn json(table: &mut Table<'_>) {
    let rig = table.rig;
    // Before the last brace of good JSON.
    let adding = |json: String, more: &str| format!("{},{more}}}", &json[..json.len() - 1]);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (name, more, expected) in [
        ("the same claim twice", r#""sub":"user_1""#.to_owned(), None),
        (
            "another issuer after the first",
            r#""iss":"https://evil.example""#.into(),
            None,
        ),
        (
            "another expiry after the first",
            r#""exp":9999999999"#.into(),
            None,
        ),
        (
            "the same claim twice, once escaped",
            r#""\u0073ub":"user_2""#.into(),
            None,
        ),
        ("an unknown claim twice", r#""a":1,"a":1"#.into(), None),
        ("an empty name twice", r#""":1,"":2"#.into(), None),
        (
            "a claim in two cases",
            r#""Sub":"user_2","SUB":"user_3""#.into(),
            Some(()),
        ),
        (
            "a name twice, deeper",
            r#""a":{"b":1,"b":2}"#.into(),
            Some(()),
        ),
        ("a number beyond doubles", r#""a":1e400"#.into(), None),
        ("an expiry beyond doubles", r#""nbf":-1e400"#.into(), None),
        (
            "a number of 5,000 digits",
            format!(r#""a":{}"#, "9".repeat(5000)),
            None,
        ),
        (
            "a number of 200 digits",
            format!(r#""a":{}"#, "9".repeat(200)),
            Some(()),
        ),
        (
            "a number with 5,000 decimals",
            format!(r#""a":0.{}"#, "9".repeat(5000)),
            Some(()),
        ),
        (
            "a number that is almost nothing",
            r#""a":1e-400"#.into(),
            Some(()),
        ),
        (
            "100 lists in each other",
            format!(r#""a":{}"#, nested(100)),
            Some(()),
        ),
        (
            "2,000 lists in each other",
            format!(r#""a":{}"#, nested(2000)),
            None,
        ),
        ("a lone surrogate", r#""a":"\ud800""#.into(), None),
        ("a surrogate pair", r#""a":"\ud83d\ude00""#.into(), Some(())),
        ("a NUL in a name", r#""a\u0000":1"#.into(), Some(())),
        ("a control character", "\"a\":\"\u{1}\"".into(), None),
        (
            "a name of serde_json's own",
            r#""$serde_json::private::RawValue":"[]""#.into(),
            Some(()),
        ),
        (
            "another name of serde_json's own",
            r#""$serde_json::private::Number":"1""#.into(),
            Some(()),
        ),
        ("__proto__", r#""__proto__":{"exp":1}"#.into(), Some(())),
        ("NaN", r#""a":NaN"#.into(), None),
        ("a number in hexadecimal", r#""a":0x10"#.into(), None),
        ("a number with a zero before", r#""a":01"#.into(), None),
        ("a comment", r#""a":1/*,"b":2*/"#.into(), None),
        ("a comma too many", r#""a":1,"#.into(), None),
        ("single quotes", "'a':1".into(), None),
    ] {
        let mut verdict = |name: String, token| match expected {
            Some(()) => table.accepts(PLACE, name, token),
            None => table.refuses("token_malformed", name, token),
        };
        let token = rig.signed_text(OF, &header(), &adding(payload(), &more));
        verdict(format!("claims with {name}"), token);
        if !more.contains(r#""sub""#)
            && !more.contains("user_2")
            && !more.contains("evil")
            && !more.contains("exp")
        {
            let token = rig.signed_text(OF, &adding(header(), &more), &payload());
            verdict(format!("a header with {name}"), token);
        }
    }
    for (name, more) in [
        ("alg", r#""alg":"EdDSA""#),
        ("alg none", r#""alg":"none""#),
        ("kid", r#""kid":"rsa""#),
        ("crit", r#""crit":[],"crit":[]"#),
        ("alg, once escaped,", r#""\u0061lg":"none""#),
    ] {
        let token = rig.signed_text(OF, &adding(header(), more), &payload());
        table.refuses(
            "token_malformed",
            format!("a header with {name} twice"),
            token,
        );
        table.says("the header has the same name twice");
    }
    let token = rig.signed_text(OF, &header(), &adding(payload(), r#""sub":"user_2""#));
    table.refuses("token_malformed", "two subjects", token);
    table.says("the payload has the same name twice");
    documents(table);
}

/// Whole parts that are not one JSON object in UTF-8.
fn documents(table: &mut Table<'_>) {
    let rig = table.rig;
    let sign = |message: &[u8]| rig.ed.sign("EdDSA", message);
    let utf16 = |json: &str| {
        json.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    type Document = fn(String) -> Vec<u8>;
    let documents: [(&str, Document); 13] = [
        ("empty", |_| Vec::new()),
        ("a list", |json| format!("[{json}]").into()),
        ("text", |json| {
            serde_json::Value::from(json).to_string().into()
        }),
        ("a number", |_| b"7".to_vec()),
        ("null", |_| b"null".to_vec()),
        ("true", |_| b"true".to_vec()),
        ("two objects", |json| format!("{json}{json}").into()),
        ("an object and a brace", |json| format!("{json}}}").into()),
        ("an object cut off", |json| json[..json.len() - 1].into()),
        ("an object after a byte order mark", |json| {
            format!("\u{feff}{json}").into()
        }),
        ("an object and a NUL", |json| format!("{json}\0").into()),
        ("not UTF-8", |json| {
            let mut bytes = json.into_bytes();
            let end = bytes.len() - 2;
            bytes[end] = 0xff;
            bytes
        }),
        ("overlong UTF-8", |json| {
            [&json.as_bytes()[..json.len() - 1], b",\"a\":\"\xc0\xaf\"}"].concat()
        }),
    ];
    for (name, document) in documents {
        let token = compact(document(header()), payload(), sign);
        table.refuses("token_malformed", format!("a header that is {name}"), token);
        let token = compact(header(), document(payload()), sign);
        table.refuses(
            "token_malformed",
            format!("a payload that is {name}"),
            token,
        );
    }
    let token = compact(utf16(&header()), utf16(&payload()), sign);
    table.refuses("token_malformed", "a token in UTF-16", token);
}

fn length(table: &mut Table<'_>) {
    let rig = table.rig;
    let filled = |length: usize| {
        // White space after each part, until it fits to the byte.
        let at = |header_fill: usize, payload_fill: usize| {
            let header = header() + &" ".repeat(header_fill);
            let payload = payload() + &" ".repeat(payload_fill);
            (header, payload)
        };
        let size = |(header, payload): &(String, String)| {
            encode(header).len() + encode(payload).len() + 2 + encode([0; 64]).len()
        };
        let about = (length - size(&at(0, 0))) * 3 / 4;
        let mut fills =
            (0..3).flat_map(|first| (about - 8..about + 8).map(move |second| (first, second)));
        let found = fills
            .find(|(first, second)| size(&at(*first, *second)) == length)
            .unwrap();
        let (header, payload) = at(found.0, found.1);
        let token = rig.signed_text(OF, &header, &payload);
        assert_eq!(token.len(), length);
        token
    };
    table.accepts(PLACE, "as long as a token may be", filled(MAX_TOKEN_LENGTH));
    table.refuses(
        "token_malformed",
        "a byte too long",
        filled(MAX_TOKEN_LENGTH + 1),
    );
    table.says("16385 bytes, and more than 16384 are not read");
    table.refuses("token_malformed", "a megabyte", filled(1_000_000));
}
