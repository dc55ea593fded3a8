//! Sign-in attempts: what must be remembered between sending a browser to AuthKit and having it back.
//!
//! Each attempt is one sealed cookie of its own, so that tabs that sign in at the same moment can't
//! overwrite each other's, and so that a request without an account stores nothing on the server. Used by
//! the flow only.

use super::{
    config::CookieConfig,
    cookie_sealer::{SealError, random_salt},
    cookies::{AuthCookies, base_cookie},
    core::{
        chunks::{self, CHUNK_LENGTH},
        seal::Sealer,
    },
};
use crate::paths::ReturnTo;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::time::Duration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Seconds in which a sign-in must be finished.
pub const ATTEMPT_LIFETIME: u64 = 600;
/// Longest return path that an attempt keeps, in bytes.
pub const MAX_RETURN_TO: usize = 512;
/// Attempts one browser may have under way; the oldest goes first.
const MAX_ATTEMPTS: usize = 8;
/// The most bytes that the attempts of a browser take in its requests, beside the session: see `chunks::LONGEST_VALUE`.
const MAX_ATTEMPTS_LENGTH: usize = 1_900;
/// Attempts looked at, whatever a browser sends.
const MAX_LOOKED_AT: usize = 2 * MAX_ATTEMPTS;
/// Longest value looked at, in bytes: as long as a browser keeps one.
const MAX_VALUE: usize = CHUNK_LENGTH;
/// The most bytes of cookies in a request: proxies take headers of 8 kB.
const MAX_COOKIES: usize = 8_192 - 100;
/// Seconds in which a browser still has an attempt that the app gave a `state`. It has expired long before, and the one that
/// takes its place gets the state.
const STATE_KEPT: u64 = 3_600;
/// Over https this keeps other hosts of the domain from planting one (RFC 6265bis §4.1.3.2).
const HOST_PREFIX: &str = "__Host-";

/// A sign-in under way.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The PKCE verifier (RFC 7636 §4.1).
    pub code_verifier: SecretString,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// The app's own `state`, from the link that started it.
    pub app_state: Option<String>,
    /// When it started, seconds since the epoch.
    pub started_at: u64,
    /// Whether it was started for the user because another one could not be finished.
    pub is_restart: bool,
    /// How old the user's sign-in may be when they are back, in seconds, if that matters.
    pub max_age: Option<u64>,
}

/// Why an attempt can't be remembered.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The system has no randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The app's `state` is so long, and so is the session beside it, that a proxy would refuse both together.
    #[error("no room for the attempt beside the session")]
    NoRoom,
}

/// The attempt as it is sealed.
#[derive(Serialize, Deserialize)]
struct Encoded<'a> {
    state: StateDigest,
    code_verifier: &'a str,
    return_to: &'a str,
    started_at: u64,
    is_restart: bool,
    max_age: Option<u64>,
    app_state: Option<&'a str>,
}

/// SHA-256 of a `state`: names its attempt without telling it.
type StateDigest = [u8; 32];

/// The attempts of all browsers.
pub struct Attempts {
    sealer: Arc<Sealer>,
    secure: bool,
    session_cookie: String,
    /// What the names of their cookies begin with.
    prefix: String,
}

impl Attempts {
    /// Attempts sealed by `sealer`, in cookies named after the session cookie, so that two apps of one host
    /// name, each with a session cookie of its own, have attempts of their own.
    pub fn new(sealer: Arc<Sealer>, session_cookie: &CookieConfig) -> Self {
        let name = session_cookie.name.as_str();
        let name = name.strip_prefix(HOST_PREFIX).unwrap_or(name);
        let name = name.strip_prefix("__Secure-").unwrap_or(name);
        let prefix = if session_cookie.secure {
            HOST_PREFIX
        } else {
            ""
        };
        Self {
            sealer,
            secure: session_cookie.secure,
            session_cookie: session_cookie.name.clone(),
            prefix: format!("{prefix}{name}-attempt-"),
        }
    }

    /// Has this browser remember an attempt, under the `state` that AuthKit is sent.
    ///
    /// # Errors
    /// [`AttemptError`] when the system has no randomness, or the browser no room.
    pub fn start(
        &self,
        cookies: &AuthCookies,
        state: &str,
        attempt: &Attempt,
    ) -> Result<(), AttemptError> {
        let digest = digest(state);
        let name = self.cookie_name(&digest);
        let encoded = Encoded {
            state: digest,
            code_verifier: attempt.code_verifier.expose_secret(),
            return_to: attempt.return_to.as_str(),
            started_at: attempt.started_at,
            is_restart: attempt.is_restart,
            max_age: attempt.max_age,
            app_state: attempt.app_state.as_deref(),
        };
        let bytes = postcard::to_stdvec(&encoded).expect("strings and numbers encode");
        let sealed = self.sealer.seal(random_salt()?, &purpose(&name), &bytes);
        let length = sent_length(&name, &sealed);
        if length > MAX_ATTEMPTS_LENGTH && length + self.session_length(cookies) > MAX_COOKIES {
            return Err(AttemptError::NoRoom);
        }
        self.make_room(cookies, length);
        let lifetime = match attempt.app_state {
            None => ATTEMPT_LIFETIME,
            Some(_) => STATE_KEPT,
        };
        let lifetime = Duration::seconds(lifetime.cast_signed());
        cookies.add(
            base_cookie(name, sealed, self.secure)
                .max_age(lifetime)
                .build(),
        );
        Ok(())
    }

    /// How many bytes the session takes in this browser's requests.
    fn session_length(&self, cookies: &AuthCookies) -> usize {
        let names = cookies.names(|name| chunks::belongs_to(&self.session_cookie, name));
        let values = names
            .iter()
            .filter_map(|name| Some((name, cookies.get(name)?)));
        values.map(|(name, value)| sent_length(name, &value)).sum()
    }

    /// Takes out the attempt of this browser that `state` belongs to: with the answer to this request the
    /// browser forgets it. Others are left alone.
    pub fn take(&self, cookies: &AuthCookies, state: &str) -> Option<Attempt> {
        let expected = digest(state);
        let name = self.cookie_name(&expected);
        let opened = self.open(cookies, &name);
        self.forget(cookies, name);
        let (found, attempt) = opened?;
        bool::from(found.ct_eq(&expected)).then_some(attempt)
    }

    /// The newest attempt of this browser, which stays.
    pub fn newest(&self, cookies: &AuthCookies) -> Option<Attempt> {
        self.all(cookies)
            .into_iter()
            .map(|(_, attempt)| attempt)
            .max_by_key(|attempt| attempt.started_at)
    }

    /// Forgets the attempts that were started for the user. Whether there were any.
    pub fn forget_restarts(&self, cookies: &AuthCookies) -> bool {
        let restarts = self.all(cookies).into_iter();
        let restarts = restarts.filter(|(_, attempt)| attempt.is_restart);
        restarts.map(|(name, _)| self.forget(cookies, name)).count() > 0
    }

    /// Forgets every attempt of this browser.
    pub fn forget_all(&self, cookies: &AuthCookies) {
        for name in self.cookie_names(cookies) {
            self.forget(cookies, name);
        }
    }

    /// Keeps the newest attempts only, so that cookies never pile up, and one more of this length has room.
    fn make_room(&self, cookies: &AuthCookies, length: usize) {
        let names = self.cookie_names(cookies).into_iter();
        let mut by_age: Vec<_> = names
            .map(|name| {
                let attempt = self.open(cookies, &name);
                let length = sent_length(&name, &cookies.get(&name).unwrap_or_default());
                let started_at = attempt.map(|(_, attempt)| attempt.started_at);
                (started_at, name, length)
            })
            .collect();
        // What can't be opened sorts before everything that can.
        by_age.sort();
        let (mut count, mut taken) = (1, length);
        for (_, name, length) in by_age.into_iter().rev() {
            count += 1;
            taken += length;
            if count > MAX_ATTEMPTS || taken > MAX_ATTEMPTS_LENGTH {
                self.forget(cookies, name);
            }
        }
    }

    fn all(&self, cookies: &AuthCookies) -> Vec<(String, Attempt)> {
        let names = self.cookie_names(cookies).into_iter();
        names
            .filter_map(|name| {
                let (_, attempt) = self.open(cookies, &name)?;
                Some((name, attempt))
            })
            .collect()
    }

    fn open(&self, cookies: &AuthCookies, name: &str) -> Option<(StateDigest, Attempt)> {
        let value = cookies.get(name)?;
        if value.len() > MAX_VALUE {
            return None;
        }
        let bytes = self.sealer.open(&purpose(name), &value).ok()?;
        let encoded: Encoded<'_> = postcard::from_bytes(&bytes).ok()?;
        let attempt = Attempt {
            code_verifier: encoded.code_verifier.into(),
            return_to: ReturnTo::or_home(Some(encoded.return_to)),
            started_at: encoded.started_at,
            is_restart: encoded.is_restart,
            max_age: encoded.max_age,
            app_state: encoded.app_state.map(str::to_owned),
        };
        Some((encoded.state, attempt))
    }

    fn forget(&self, cookies: &AuthCookies, cookie: String) {
        if cookies.get(&cookie).is_some() {
            cookies.remove(base_cookie(cookie, String::new(), self.secure).build());
        }
    }

    fn cookie_names(&self, cookies: &AuthCookies) -> Vec<String> {
        let mut names = cookies.names(|name| name.starts_with(&self.prefix));
        names.truncate(MAX_LOOKED_AT);
        names
    }

    /// Named after the state, so that the callback finds its own; the name tells nothing of it.
    fn cookie_name(&self, state: &StateDigest) -> String {
        let hash = URL_SAFE_NO_PAD.encode(&state[..9]);
        format!("{}{hash}", self.prefix)
    }
}

/// How many bytes of a request's header a cookie takes.
fn sent_length(name: &str, value: &str) -> usize {
    name.len() + "=".len() + value.len() + "; ".len()
}

/// What an attempt is sealed for: the cookie of this name, and no other.
fn purpose(cookie: &str) -> String {
    format!("attempt {cookie}")
}

fn digest(state: &str) -> StateDigest {
    Sha256::digest(state.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::core::chunks::LONGEST_VALUE;
    use http::{HeaderMap, HeaderValue, header};

    fn attempts(fill: &str) -> Attempts {
        let password = SecretString::from(fill.repeat(32));
        let session_cookie = CookieConfig {
            name: "__Host-wos-session".to_owned(),
            old_name: None,
            max_age: std::time::Duration::from_secs(1),
            domain: None,
            same_site: cookie::SameSite::Lax,
            secure: true,
        };
        Attempts::new(Arc::new(Sealer::new(&password, [])), &session_cookie)
    }

    fn attempt(started_at: u64, return_to: &str) -> Attempt {
        Attempt {
            // As long as the SDK makes them; RFC 7636 §4.1 allows 128.
            code_verifier: "v".repeat(43).into(),
            return_to: ReturnTo::parse(return_to).unwrap(),
            app_state: None,
            started_at,
            is_restart: false,
            max_age: Some(2_592_000),
        }
    }

    /// What a browser sends that has kept these.
    fn cookies(lines: &[String]) -> AuthCookies {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
        }
        AuthCookies::read(&headers)
    }

    /// The cookies that are set, as `name=value`.
    fn set(cookies: &AuthCookies) -> Vec<String> {
        let mut headers = HeaderMap::new();
        cookies.write(&mut headers);
        let lines = headers.get_all(header::SET_COOKIE).iter();
        lines
            .map(|line| {
                let line = line.to_str().unwrap();
                line.split(';').next().unwrap().to_owned()
            })
            .collect()
    }

    fn started(attempts: &Attempts, state: &str, attempt: &Attempt) -> String {
        let cookies = cookies(&[]);
        attempts.start(&cookies, state, attempt).unwrap();
        set(&cookies).remove(0)
    }

    #[test]
    fn an_attempt_is_opened_by_its_state_and_password_alone() {
        let ours = attempts("a");
        let line = started(&ours, "state", &attempt(7, "/account?a=b"));
        let sent = || cookies(std::slice::from_ref(&line));
        assert!(ours.take(&sent(), "another").is_none());
        assert!(attempts("b").take(&sent(), "state").is_none());
        let taken = ours.take(&sent(), "state").unwrap();
        assert_eq!(taken.return_to.as_str(), "/account?a=b");
        assert_eq!(taken.started_at, 7);

        // Under the name of another state's attempt it is not that state's.
        let (_, value) = line.split_once('=').unwrap();
        let renamed = format!("{}={value}", ours.cookie_name(&digest("another")));
        assert!(ours.take(&cookies(&[renamed]), "another").is_none());
    }

    #[test]
    fn the_longest_attempt_is_a_cookie_of_at_most_1_024_bytes() {
        let longest = format!("/{}", "x".repeat(MAX_RETURN_TO - 1));
        let longest = Attempt {
            code_verifier: "v".repeat(128).into(),
            ..attempt(1 << 40, &longest)
        };
        let line = started(&attempts("a"), "state", &longest);
        assert!(line.len() <= 1024, "{}", line.len());
    }

    #[test]
    fn with_the_longest_state_it_is_one_cookie_that_browsers_keep_and_the_only_attempt() {
        let longest = format!("/{}", "x".repeat(MAX_RETURN_TO - 1));
        let longest = Attempt {
            app_state: Some("é".repeat(1_024)),
            code_verifier: "v".repeat(128).into(),
            ..attempt(u64::MAX, &longest)
        };
        let ours = attempts("a");
        let line = started(&ours, "state", &longest);
        assert!(line.len() < 4_000, "{}", line.len());
        let other = started(&ours, "other", &attempt(7, "/"));
        let session = |length| format!("__Host-wos-session={}", "s".repeat(length));
        let sent = cookies(&[other.clone(), session(2_000)]);
        ours.start(&sent, "state", &longest).unwrap();
        let kept = ours.take(&sent, "state").unwrap();
        assert_eq!(kept.app_state, longest.app_state);
        assert!(ours.take(&sent, "other").is_none(), "it made room");

        // Beside the longest session a proxy would take neither.
        let sent = cookies(&[other, session(3_800), session(2_344).replace("n=", "n.1=")]);
        let no_room = ours.start(&sent, "state", &longest);
        assert!(matches!(no_room, Err(AttemptError::NoRoom)));
        assert!(ours.take(&sent, "other").is_some(), "nothing has changed");
    }

    #[test]
    fn the_oldest_of_eight_attempts_makes_room_for_the_ninth() {
        let ours = attempts("a");
        let mut lines: Vec<_> = (1..=8)
            .map(|age| started(&ours, &format!("state {age}"), &attempt(100 - age, "/")))
            .collect();
        lines.push("__Host-wos-session-attempt-planted=garbage".to_owned());
        let sent = cookies(&lines);
        ours.start(&sent, "new", &attempt(200, "/")).unwrap();
        let kept = ours.all(&sent);
        assert_eq!(kept.len(), MAX_ATTEMPTS);
        assert!(kept.iter().all(|(_, attempt)| attempt.started_at > 92));
        assert_eq!(ours.cookie_names(&sent).len(), MAX_ATTEMPTS);
    }

    #[test]
    fn attempts_with_long_return_paths_make_room_earlier() {
        let ours = attempts("a");
        let sent = cookies(&[]);
        let long = format!("/{}", "x".repeat(MAX_RETURN_TO - 1));
        for age in 1..=5 {
            let state = format!("state {age}");
            ours.start(&sent, &state, &attempt(100 + age, &long))
                .unwrap();
        }
        let kept = ours.all(&sent).into_iter();
        let lengths = kept.map(|(name, attempt)| {
            assert!(attempt.started_at > 103, "{}", attempt.started_at);
            sent_length(&name, &sent.get(&name).unwrap())
        });
        let length: usize = lengths.sum();
        assert!((1..=MAX_ATTEMPTS_LENGTH).contains(&length), "{length}");
        assert!(length + LONGEST_VALUE < 8_192 - 100);
    }
}
