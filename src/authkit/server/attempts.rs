//! Sign-in attempts: what this server must remember between sending a browser to AuthKit and
//! having it back.
//!
//! One short server-side session (tower-sessions) for each attempt, under a cookie of its own, so
//! that tabs signing in at the same moment can't overwrite each other's. Used by the flow only.

use super::cookies::{AuthCookies, base_cookie};
use crate::authkit::ReturnTo;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::time::{Duration, OffsetDateTime};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

/// Seconds in which a sign-in must be finished.
pub const ATTEMPT_LIFETIME: u64 = 600;
/// Attempts one browser may have under way; the oldest goes first.
const MAX_ATTEMPTS: usize = 5;
/// Attempts looked at, whatever a browser sends.
const MAX_LOOKED_AT: usize = 2 * MAX_ATTEMPTS;
const COOKIE_PREFIX: &str = "authkit-attempt-";
/// Over https the name also keeps sibling domains from planting one (RFC 6265bis §4.1.3.2).
const SECURE_COOKIE_PREFIX: &str = "__Host-authkit-attempt-";
/// The one value in the stored session.
const KEY: &str = "attempt";

/// A sign-in under way.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The `state` sent to AuthKit.
    pub state: SecretString,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub code_verifier: SecretString,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// When it started, seconds since the epoch.
    pub started_at: u64,
    /// Whether it was started for the user because another one could not be finished.
    pub is_restart: bool,
}

/// What is worth knowing of attempts that were forgotten.
pub struct Forgotten {
    /// Whether one of them had been started for the user already.
    pub restarted: bool,
    /// Where the newest of them wanted to go.
    pub return_to: ReturnTo,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    state: String,
    code_verifier: String,
    return_to: String,
    started_at: u64,
    is_restart: bool,
}

/// The attempts of all browsers.
pub struct Attempts {
    store: Arc<dyn SessionStore>,
    secure: bool,
}

impl Attempts {
    /// Attempts kept in `store`, under cookies that are `secure` or not.
    pub fn new(store: impl SessionStore, secure: bool) -> Self {
        Self {
            store: Arc::new(store),
            secure,
        }
    }

    /// Remembers an attempt for this browser.
    pub async fn start(
        &self,
        cookies: &AuthCookies,
        attempt: &Attempt,
    ) -> Result<(), session_store::Error> {
        self.make_room(cookies).await;
        let stored = Stored {
            state: attempt.state.expose_secret().to_owned(),
            code_verifier: attempt.code_verifier.expose_secret().to_owned(),
            return_to: attempt.return_to.to_string(),
            started_at: attempt.started_at,
            is_restart: attempt.is_restart,
        };
        let stored = serde_json::to_value(stored)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let lifetime = Duration::seconds(ATTEMPT_LIFETIME.cast_signed());
        let mut record = Record {
            id: Id::default(),
            data: [(KEY.to_owned(), stored)].into(),
            expiry_date: OffsetDateTime::now_utc() + lifetime,
        };
        self.store.create(&mut record).await?;
        let name = self.cookie_name(attempt.state.expose_secret());
        let cookie = base_cookie(name, record.id.to_string(), self.secure).max_age(lifetime);
        cookies.add(cookie.build());
        Ok(())
    }

    /// Takes out the attempt that `state` belongs to; it can't be taken twice.
    pub async fn take(
        &self,
        cookies: &AuthCookies,
        state: &str,
    ) -> Result<Option<Attempt>, session_store::Error> {
        let name = self.cookie_name(state);
        let attempt = self.load(cookies, &name).await?;
        self.forget(cookies, name).await;
        Ok(attempt.filter(|attempt| {
            let expected = attempt.state.expose_secret().as_bytes();
            bool::from(expected.ct_eq(state.as_bytes()))
        }))
    }

    /// Forgets every attempt of this browser, and tells what is worth knowing of them.
    pub async fn forget_all(&self, cookies: &AuthCookies) -> Forgotten {
        let mut forgotten = Vec::new();
        for name in self.cookie_names(cookies) {
            forgotten.extend(self.load(cookies, &name).await.ok().flatten());
            self.forget(cookies, name).await;
        }
        let newest = forgotten.iter().max_by_key(|attempt| attempt.started_at);
        Forgotten {
            restarted: forgotten.iter().any(|attempt| attempt.is_restart),
            return_to: newest.map_or_else(ReturnTo::home, |attempt| attempt.return_to.clone()),
        }
    }

    /// Keeps the newest attempts only, so that cookies never pile up.
    async fn make_room(&self, cookies: &AuthCookies) {
        let names = self.cookie_names(cookies);
        if names.len() < MAX_ATTEMPTS {
            return;
        }
        let mut by_age = Vec::with_capacity(names.len());
        for name in names {
            let attempt = self.load(cookies, &name).await;
            let started_at = attempt.ok().flatten().map(|attempt| attempt.started_at);
            by_age.push((started_at, name));
        }
        // What the store no longer knows sorts before everything it knows.
        by_age.sort();
        let surplus = by_age.len() + 1 - MAX_ATTEMPTS;
        for (_, name) in by_age.drain(..surplus) {
            self.forget(cookies, name).await;
        }
    }

    async fn load(
        &self,
        cookies: &AuthCookies,
        cookie: &str,
    ) -> Result<Option<Attempt>, session_store::Error> {
        let Some(id) = stored_id(cookies, cookie) else {
            return Ok(None);
        };
        let stored = self
            .store
            .load(&id)
            .await?
            .and_then(|mut record| record.data.remove(KEY))
            .and_then(|stored| serde_json::from_value::<Stored>(stored).ok());
        Ok(stored.map(|stored| Attempt {
            state: stored.state.into(),
            code_verifier: stored.code_verifier.into(),
            return_to: ReturnTo::or_home(Some(&stored.return_to)),
            started_at: stored.started_at,
            is_restart: stored.is_restart,
        }))
    }

    async fn forget(&self, cookies: &AuthCookies, cookie: String) {
        if let Some(id) = stored_id(cookies, &cookie) {
            // A record that can't be deleted expires by itself, and its code works once.
            let _ = self.store.delete(&id).await;
        }
        if cookies.get(&cookie).is_some() {
            cookies.remove(base_cookie(cookie, String::new(), self.secure).build());
        }
    }

    fn cookie_names(&self, cookies: &AuthCookies) -> Vec<String> {
        let prefix = self.cookie_prefix();
        let mut names = cookies.names(|name| name.starts_with(prefix));
        names.truncate(MAX_LOOKED_AT);
        names
    }

    /// Named after the state, so that the callback finds its own; the name tells nothing of it.
    fn cookie_name(&self, state: &str) -> String {
        let digest = Sha256::digest(state.as_bytes());
        let hash = URL_SAFE_NO_PAD.encode(&digest[..9]);
        format!("{}{hash}", self.cookie_prefix())
    }

    fn cookie_prefix(&self) -> &'static str {
        match self.secure {
            true => SECURE_COOKIE_PREFIX,
            false => COOKIE_PREFIX,
        }
    }
}

fn stored_id(cookies: &AuthCookies, cookie: &str) -> Option<Id> {
    cookies.get(cookie)?.parse().ok()
}
