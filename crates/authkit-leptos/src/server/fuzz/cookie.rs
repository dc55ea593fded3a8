//! `cookies` and `core::session`: a session that a cookie opens to is one that was sealed for it, and what is set as a
//! cookie opens again.
//!
//! Input: `Cookie` headers, one a line, in which names stand for sealed values: see [`Values`]; edits of each header; the
//! bytes of a session's encoding, and the fields of another one.

use super::super::{
    config::CookieConfig,
    cookies::AuthCookies,
    core::{
        chunks,
        seal::Sealer,
        session::{Purpose, Session},
    },
};
use crate::auth::{Impersonator, User};
use authkit_fuzz::{edited, filled, sections};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use std::{sync::LazyLock, time::Duration};

const NAME: &str = "__Host-wos-session";
const OLD_NAME: &str = "wos-session";
/// As many headers as one request may be taken to have.
const MAX_HEADERS: usize = 32;

static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let password = |fill: &str| SecretString::from(fill.repeat(32));
    Sealer::new(&password("n"), [&password("o")])
});
static CONFIG: LazyLock<CookieConfig> = LazyLock::new(|| CookieConfig {
    name: NAME.to_owned(),
    old_name: Some(OLD_NAME.to_owned()),
    max_age: Duration::from_secs(1),
    domain: None,
    same_site: cookie::SameSite::Lax,
    secure: true,
});
static VALUES: LazyLock<Values> = LazyLock::new(Values::new);

/// What may stand in a header.
struct Values {
    /// Ada's session, and Grace's.
    ada: String,
    grace: String,
    /// Ada's under the password before.
    previous: String,
    /// Alan's, sealed for the cookie of an earlier version.
    old: String,
    /// Mallory's, sealed for something else: no cookie.
    other: String,
    /// A long one of Ada's, as chunks.
    chunks: Vec<String>,
    long: Session,
}

fn session(user: &str, access_token: String) -> Session {
    Session {
        access_token: access_token.into(),
        refresh_token: "refresh".into(),
        session_id: format!("session_{user}"),
        user: User {
            id: user.to_owned(),
            email: format!("{user}@example.com"),
            email_verified: true,
            first_name: Some("Ada".to_owned()),
            last_name: None,
            profile_picture_url: None,
        },
        organization_id: Some("org_1".to_owned()),
        impersonator: None,
        authentication_method: None,
        is_successor: false,
    }
}

fn short(user: &str) -> Session {
    session(user, "header.claims.signature".to_owned())
}

impl Values {
    fn new() -> Self {
        let seal = |session: &Session, purpose| session.seal(&SEALER, [7; 24], purpose);
        let previous = Sealer::new(&SecretString::from("o".repeat(32)), []);
        let long = session("ada", "long.".repeat(1500));
        let sealed = seal(&long, Purpose::Cookie(NAME));
        // Longer than any that is written today: earlier versions wrote it.
        let chunks = sealed.as_bytes().chunks(chunks::CHUNK_LENGTH);
        Self {
            ada: seal(&short("ada"), Purpose::Cookie(NAME)),
            grace: seal(&short("grace"), Purpose::Cookie(NAME)),
            previous: short("ada").seal(&previous, [7; 24], Purpose::Cookie(NAME)),
            old: seal(&short("alan"), Purpose::Cookie(OLD_NAME)),
            other: seal(&short("mallory"), Purpose::Successor(NAME)),
            chunks: chunks
                .map(|chunk| String::from_utf8(chunk.to_vec()).unwrap())
                .collect(),
            long,
        }
    }
}

pub fn test(input: &[u8]) {
    let [headers, edits, encoding, fields] = sections(input);
    only_what_was_sealed_opens(headers, edits, encoding);
    if !fields.is_empty() {
        opens_again(&String::from_utf8_lossy(fields));
    }
}

fn only_what_was_sealed_opens(template: &[u8], edits: &[u8], encoding: &[u8]) {
    let values = &*VALUES;
    let purpose = format!("session cookie {NAME}");
    // Sealed by us, whatever is in it: a program of another version, perhaps.
    let made = SEALER.seal([9; 24], &purpose, encoding);
    let values_by_name = [
        ('N', NAME),
        ('O', OLD_NAME),
        ('A', values.ada.as_str()),
        ('G', values.grace.as_str()),
        ('P', values.previous.as_str()),
        ('V', values.old.as_str()),
        ('X', values.other.as_str()),
        ('0', values.chunks[0].as_str()),
        ('1', values.chunks[1].as_str()),
        ('2', values.chunks[2].as_str()),
        ('M', made.as_str()),
    ];
    let mut headers = HeaderMap::new();
    for line in template.split(|byte| *byte == b'\n').take(MAX_HEADERS) {
        if let Ok(value) = HeaderValue::from_bytes(&edited(filled(line, &values_by_name), edits)) {
            headers.append(header::COOKIE, value);
        }
    }
    let cookies = AuthCookies::read(&headers);
    let opened = cookies.session(&CONFIG, &SEALER);
    if template == b"$N=$A" && edits.is_empty() {
        assert_eq!(opened.as_ref().unwrap().as_ref().unwrap().user.id, "ada");
    }
    let Ok(Some(opened)) = opened else {
        assert_eq!(
            changes(&cookies),
            [""; 0],
            "a cookie that is not ours is touched"
        );
        return;
    };
    let made = Session::open(&SEALER, Purpose::Cookie(NAME), &made).ok();
    let sealed = [short("ada"), short("grace"), values.long.clone()];
    let is_ours = match cookies.is_under_old_name(&CONFIG) {
        true => same(&short("alan"), &opened),
        false => {
            let mut sealed = sealed.iter().chain(&made);
            sealed.any(|sealed| same(sealed, &opened))
        }
    };
    assert!(is_ours, "opened to what nobody has sealed: {opened:?}");
    let sent = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes);
    let sent = sent
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("; ");
    let planted = [&values.ada, &values.grace].map(|of| values_of(NAME, &sent).contains(of));
    assert_ne!(
        planted, [true; 2],
        "sessions of two users, and one of them is taken"
    );
    cookies.clear_session(&CONFIG);
    for line in changes(&cookies) {
        let (name, rest) = line.split_once('=').unwrap();
        let is_session = [NAME, OLD_NAME]
            .iter()
            .any(|of| chunks::belongs_to(of, name));
        assert!(is_session && rest.starts_with(';'), "cleared with {line}");
    }
}

/// The first few values of this name, as `cookies` tries them.
fn values_of(name: &str, sent: &str) -> Vec<String> {
    let sent = cookie::Cookie::split_parse(sent).flatten();
    let named = sent.filter(|cookie| cookie.name() == name);
    let values = named.map(|cookie| cookie.value().to_owned());
    values.take(8).collect()
}

/// A session whose texts are these lines.
fn opens_again(fields: &str) {
    let mut lines = fields.lines();
    let mut text = || lines.next().unwrap_or_default().to_owned();
    let session = Session {
        access_token: text().into(),
        refresh_token: text().into(),
        session_id: text(),
        user: User {
            id: text(),
            email: text(),
            email_verified: fields.contains('@'),
            first_name: Some(text()),
            last_name: None,
            profile_picture_url: Some(text()),
        },
        organization_id: Some(text()).filter(|id| !id.is_empty()),
        authentication_method: Some(text().into()),
        is_successor: fields.len().is_multiple_of(2),
        impersonator: Some(Impersonator {
            email: text(),
            reason: Some(text()),
        }),
    };
    let sealed = session.seal(&SEALER, [3; 24], Purpose::Cookie(NAME));
    let cookies = AuthCookies::read(&HeaderMap::new());
    if cookies.set_session(&CONFIG, &session, &sealed).is_err() {
        assert!(sealed.len() > chunks::LONGEST_VALUE);
        return;
    }
    let mut headers = HeaderMap::new();
    for line in changes(&cookies) {
        assert!(
            line.len() <= 4096,
            "a browser would drop this: {} bytes",
            line.len()
        );
        let pair = line.split(';').next().unwrap();
        headers.append(header::COOKIE, HeaderValue::from_str(pair).unwrap());
    }
    let opened = AuthCookies::read(&headers).session(&CONFIG, &SEALER);
    let opened = opened
        .unwrap()
        .expect("the cookie that was set is a session");
    assert!(same(&opened, &session), "{opened:?} was {session:?}");
}

/// The `Set-Cookie` lines of the answer.
fn changes(cookies: &AuthCookies) -> Vec<String> {
    let mut headers = HeaderMap::new();
    cookies.write(&mut headers);
    let lines = headers.get_all(header::SET_COOKIE).iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

fn same(one: &Session, other: &Session) -> bool {
    let parts = |session: &Session| {
        let Session {
            session_id,
            user,
            organization_id,
            impersonator,
            is_successor,
            ..
        } = session.clone();
        (
            session_id,
            user,
            organization_id,
            impersonator,
            is_successor,
        )
    };
    let tokens = |session: &Session| {
        let tokens = [&session.access_token, &session.refresh_token];
        tokens.map(|token| token.expose_secret().to_owned())
    };
    parts(one) == parts(other) && tokens(one) == tokens(other)
}
