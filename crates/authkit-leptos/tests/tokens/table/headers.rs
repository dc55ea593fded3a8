//! What a header may say and must not be believed: keys it brings along, extensions, kinds of tokens,
//! names of keys (RFC 7515 §4, RFC 8725 §3.8 to §3.11).

use super::Table;
use crate::rig::{ALGORITHMS, claims, compact, with};
use authkit_leptos::server::token::Algorithm;
use serde_json::{Value, json};

pub fn add(table: &mut Table<'_>) {
    let rig = table.rig;
    for (index, of) in ALGORITHMS.into_iter().enumerate() {
        let stranger = rig.stranger(of);
        for (name, brought) in [
            ("jwk", json!({"jwk": stranger.jwk})),
            ("jku", json!({"jku": "https://evil.example/jwks.json"})),
            ("x5u", json!({"x5u": "https://evil.example/chain.pem"})),
            ("x5c", json!({"x5c": ["MIIB"]})),
            ("x5t", json!({"x5t": "AAAA", "x5t#S256": "AAAA"})),
        ] {
            let header = with(rig.header(of), brought.clone()).to_string();
            let forged = compact(header, claims(of).to_string(), |message| {
                stranger.sign(of.name(), message)
            });
            let name = format!("{of}: {name} in the header");
            table.refuses("token_signature", format!("{name}, signed by it"), forged);
            table.accepts(
                index,
                format!("{name}, beside a good signature"),
                rig.with_header(of, brought.clone()),
            );
            let unnamed = with(with(rig.header(of), brought), json!({"kid": null}));
            let forged = compact(unnamed.to_string(), claims(of).to_string(), |message| {
                stranger.sign(of.name(), message)
            });
            table.refuses(
                "token_kid_missing",
                format!("{name}, instead of kid"),
                forged,
            );
        }
    }
    let of = Algorithm::Es256;
    critical(table, of);
    types(table, of);
    ids(table, of);
    for (name, header) in [
        ("b64 that is not critical", json!({"b64": false})),
        ("a parameter nobody knows", json!({"foo": {"bar": [1]}})),
        (
            "alg in another case as well",
            json!({"Alg": "none", "ALG": "HS256"}),
        ),
        (
            "claims in the header",
            json!({"iss": "https://evil.example", "exp": 1}),
        ),
        ("zip", json!({"zip": "DEF"})),
    ] {
        table.accepts(
            1,
            format!("{name} in the header"),
            rig.with_header(of, header),
        );
    }
}

/// RFC 7515 §4.1.11, RFC 7797: nothing is understood here, so everything critical is refused.
fn critical(table: &mut Table<'_>, of: Algorithm) {
    for (name, header) in [
        ("an unknown one", json!({"crit": ["exp"], "exp": 1})),
        (
            "one of a URI",
            json!({"crit": ["https://a.example/x"], "https://a.example/x": 1}),
        ),
        ("one that is missing", json!({"crit": ["foo"]})),
        ("b64 false", json!({"crit": ["b64"], "b64": false})),
        ("b64 true", json!({"crit": ["b64"], "b64": true})),
        ("what is registered", json!({"crit": ["alg", "kid"]})),
        ("nothing", json!({"crit": []})),
        ("a number", json!({"crit": [7]})),
        ("itself", json!({"crit": ["crit"]})),
        ("text, not a list", json!({"crit": "exp"})),
        ("false", json!({"crit": false})),
        (
            "the same twice",
            json!({"crit": ["b64", "b64"], "b64": true}),
        ),
    ] {
        let token = table.rig.with_header(of, header);
        table.refuses("token_critical", format!("crit lists {name}"), token);
        table.says("an extension this app does not know must be refused");
    }
    let header = format!(r#"{{"alg":"{of}","kid":"ec","crit":null}}"#);
    let token = table.rig.signed_text(of, &header, &claims(of).to_string());
    table.refuses("token_critical", "crit is null", token);
}

/// RFC 8725 §3.11, RFC 9068 §2.1: an access token, and not a token for something else.
fn types(table: &mut Table<'_>, of: Algorithm) {
    for typ in [
        "JWT",
        "jwt",
        "Jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "application/jwt",
        "Application/AT+JWT",
    ] {
        let token = table.rig.with_header(of, json!({"typ": typ}));
        table.accepts(1, format!("typ {typ:?}"), token);
    }
    let token = table.rig.with_header(of, json!({"typ": null}));
    table.accepts(1, "no typ", token);
    for typ in [
        "",
        " JWT",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "oauth-authz-req+jwt",
        "JOSE",
        "JOSE+JSON",
        "id+jwt",
        "client-authentication+jwt",
        "token-introspection+jwt",
        "vc+jwt",
        "kb+jwt",
        "entity-statement+jwt",
        "text/jwt",
        "application/application/jwt",
        "jwt;a=b",
        "refresh+jwt",
    ] {
        let token = table.rig.with_header(of, json!({"typ": typ}));
        table.refuses("token_type", format!("typ {typ:?}"), token);
        table.says("access tokens are JWT or at+jwt");
    }
    for typ in [json!(7), json!(["JWT"]), json!(false)] {
        let token = table.rig.with_header(of, json!({"typ": typ}));
        table.refuses("token_malformed", format!("typ is {typ}"), token);
    }
    // A token in a token (RFC 7519 §5.2): what is inside has a signature that nobody has looked at.
    let inner = table.rig.good(of);
    let header = with(table.rig.header(of), json!({"cty": "JWT"})).to_string();
    let nested = table.rig.signed_text(of, &header, &inner);
    table.refuses("token_malformed", "a token in a token", nested);
    table.says("the payload is not a JSON object");
    let quoted = table
        .rig
        .signed_text(of, &header, &Value::from(inner).to_string());
    table.refuses(
        "token_malformed",
        "a token in a token, as JSON text",
        quoted,
    );
    let token = table.rig.with_header(of, json!({"cty": "JWT"}));
    table.accepts(1, "cty JWT, and claims all the same", token);
}

/// RFC 8725 §3.10: a name, and nothing that is asked of a file or a database.
fn ids(table: &mut Table<'_>, of: Algorithm) {
    let long = "k".repeat(8000);
    for (name, kid) in [
        ("unknown", "unknown"),
        ("empty", ""),
        ("in another case", "EC"),
        ("with a space after", "ec "),
        ("with a NUL after", "ec\0"),
        ("with combining characters", "e\u{301}c"),
        ("path traversal", "../../../../dev/null"),
        ("an absolute path", "/etc/passwd"),
        ("an encoded path", "..%2f..%2fdev%2fnull"),
        ("SQL", "' UNION SELECT 'secret' --"),
        ("a shell command", "$(id)|id;`id`"),
        ("LDAP", "*)(kid=*"),
        ("an address", "https://evil.example/jwks.json"),
        ("a line end", "ec\r\nX-Evil: 1"),
        ("very long", &long),
        ("another provider's key", "rsa"),
        ("a key of a curve nobody asked for", "p384"),
    ] {
        let token = table.rig.with_header(of, json!({"kid": kid}));
        table.refuses("token_kid_unknown", format!("kid is {name}"), token);
    }
    table.says("not in JWKS fetched 0 s ago");
    for kid in [json!(7), json!(["ec"]), json!({"ec": 1}), json!(true)] {
        let token = table.rig.with_header(of, json!({"kid": kid}));
        table.refuses("token_malformed", format!("kid is {kid}"), token);
    }
    let token = table.rig.with_header(of, json!({"kid": null}));
    table.refuses("token_kid_missing", "no kid", token);
    table.says("kid missing");
}
