//! `attempts` and `flow::state`: an attempt is taken by its own state only, as it was started, and once.
//!
//! Input: `Cookie` headers, one a line, in which names stand for what a browser keeps: see [`Kept`]; the `state` that came
//! back; edits of each header; edits of the state.

use super::super::{
    attempts::{Attempt, Attempts},
    config::CookieConfig,
    cookies::AuthCookies,
    core::seal::Sealer,
    flow::state::State,
};
use crate::paths::ReturnTo;
use authkit_fuzz::{edited, filled, sections};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

const PREFIX: &str = "__Host-wos-session-attempt-";
const MAX_HEADERS: usize = 32;
/// What `attempts` keeps, at most, of so many that it looks at.
const MAX_ATTEMPTS: usize = 8;
const MAX_LOOKED_AT: usize = 16;

static SEALER: LazyLock<Arc<Sealer>> =
    LazyLock::new(|| Arc::new(Sealer::new(&SecretString::from("n".repeat(32)), [])));
static KEPT: LazyLock<Kept> = LazyLock::new(Kept::new);

/// Two attempts of one browser.
struct Kept {
    attempts: Attempts,
    states: [String; 2],
    started: [Attempt; 2],
    /// The names and the values of their cookies.
    names: [String; 2],
    values: [String; 2],
}

impl Kept {
    fn new() -> Self {
        let session_cookie = CookieConfig {
            name: "__Host-wos-session".to_owned(),
            old_name: None,
            max_age: Duration::from_secs(1),
            domain: None,
            same_site: cookie::SameSite::Lax,
            secure: true,
        };
        let attempts = Attempts::new(Arc::clone(&SEALER), &session_cookie);
        let attempt = |path: &str, is_restart: bool| Attempt {
            max_age: None,
            code_verifier: path.repeat(9).into(),
            return_to: ReturnTo::parse(path).unwrap(),
            app_state: is_restart.then(|| path.to_owned()),
            started_at: path.len() as u64,
            is_restart,
        };
        let started = [attempt("/account", false), attempt("/live?a=b", true)];
        let states = [0, 1].map(|of| state(&started[of]).seal(&SEALER, [of as u8; 24]));
        let cookies = [0, 1].map(|of| {
            let cookies = AuthCookies::read(&HeaderMap::new());
            attempts.start(&cookies, &states[of], &started[of]).unwrap();
            let line = changes(&cookies).remove(0);
            let (name, rest) = line.split_once('=').unwrap();
            (name.to_owned(), rest.split(';').next().unwrap().to_owned())
        });
        let [(first, one), (second, other)] = cookies;
        Self {
            attempts,
            states,
            started,
            names: [first, second],
            values: [one, other],
        }
    }
}

fn state(attempt: &Attempt) -> State {
    State {
        return_to: attempt.return_to.clone(),
        started_at: attempt.started_at,
        is_restart: attempt.is_restart,
    }
}

pub fn test(input: &[u8]) {
    let [headers, came_back, edits, state_edits] = sections(input);
    let kept = &*KEPT;
    let values = [
        ('P', PREFIX),
        ('N', kept.names[0].as_str()),
        ('M', kept.names[1].as_str()),
        ('V', kept.values[0].as_str()),
        ('W', kept.values[1].as_str()),
        ('S', kept.states[0].as_str()),
        ('T', kept.states[1].as_str()),
    ];
    let came_back = edited(filled(came_back, &values), state_edits);
    let came_back = String::from_utf8_lossy(&came_back);
    let read = || {
        let mut all = HeaderMap::new();
        for line in headers.split(|byte| *byte == b'\n').take(MAX_HEADERS) {
            if let Ok(value) = HeaderValue::from_bytes(&edited(filled(line, &values), edits)) {
                all.append(header::COOKIE, value);
            }
        }
        AuthCookies::read(&all)
    };

    if let Some(opened) = State::open(&SEALER, &came_back) {
        let which = kept.states.iter().position(|ours| *ours == *came_back);
        let which = which.expect("a state opens that nobody has sealed");
        assert_eq!(opened, state(&kept.started[which]));
    }

    let cookies = read();
    let taken = kept.attempts.take(&cookies, &came_back);
    if headers == b"$N=$V" && edits.is_empty() && *came_back == kept.states[0] {
        assert!(taken.is_some(), "its own state does not take the attempt");
    }
    if let Some(taken) = taken {
        let which = kept.states.iter().position(|ours| *ours == *came_back);
        let which = which.expect("an attempt is taken by a state that is not its own");
        assert!(same(&taken, &kept.started[which]));
        let set = changes(&cookies);
        assert!(set.len() == 1 && set[0].starts_with(&format!("{}=;", kept.names[which])));
        assert!(
            kept.attempts.take(&cookies, &came_back).is_none(),
            "taken twice"
        );
    }

    let cookies = read();
    if let Some(newest) = kept.attempts.newest(&cookies) {
        assert!(kept.started.iter().any(|started| same(&newest, started)));
    }
    let ours = || cookies.names(|name| name.starts_with(PREFIX)).len();
    let before = ours();
    kept.attempts
        .start(&cookies, "new", &kept.started[0])
        .unwrap();
    if before <= MAX_LOOKED_AT {
        assert!(ours() <= MAX_ATTEMPTS, "{} attempts are kept", ours());
    }
    kept.attempts.forget_all(&cookies);
    assert!(ours() <= (before + 1).saturating_sub(MAX_LOOKED_AT));
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

fn same(one: &Attempt, other: &Attempt) -> bool {
    one.code_verifier.expose_secret() == other.code_verifier.expose_secret()
        && state(one) == state(other)
}
