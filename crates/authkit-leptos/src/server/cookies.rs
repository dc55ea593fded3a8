//! The cookies of one request and what has been changed about them: the only way to set one.
//!
//! Put into the request by the layer, changed by the layer and the flow, written by the layer when
//! the answer is made. A cookie is set at most once.

use super::{
    config::CookieConfig,
    core::{
        chunks,
        seal::Sealer,
        session::{Purpose, Session, SessionError},
    },
    ledger::Fingerprint,
};
use cookie::{Cookie, CookieJar, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};
use memchr::memmem::find;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The cookies of a request, and the changes to send with its answer. Clones share both.
#[derive(Clone)]
pub struct AuthCookies {
    changes: Arc<Mutex<Changes>>,
}

struct Changes {
    /// As the request has them.
    headers: Vec<HeaderValue>,
    /// Whether they are in the jar. That costs, and most requests are answered without.
    is_read: bool,
    jar: CookieJar,
    /// Further values of names that came more than once, which the jar does not hold: two cookies of one name
    /// may have been set for different hosts and paths (RFC 6265 §5.4).
    twins: Vec<Cookie<'static>>,
    /// Names of the cookies that the session was read from.
    opened: Arc<[String]>,
    /// Which session is set, by its refresh token.
    session: Option<Fingerprint>,
}

/// Values of one name that are tried, at most.
const MAX_TWINS: usize = 8;

/// Why the session cookie is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CookieError {
    #[error("longer than any this app sets")]
    TooLong,
    /// Two cookies of the same name hold sessions of two users: one of them was planted.
    #[error("two cookies with sessions of different users")]
    Ambiguous,
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl CookieError {
    /// The reason code for logs.
    pub(crate) fn code(self) -> &'static str {
        use super::core::seal::OpenError;
        match self {
            Self::TooLong => "cookie_too_long",
            Self::Ambiguous => "cookie_twice",
            Self::Session(SessionError::Undecodable) => "cookie_undecodable",
            Self::Session(SessionError::Seal(error)) => match error {
                OpenError::Malformed => "cookie_malformed",
                OpenError::UnknownVersion => "cookie_version",
                OpenError::UnknownKey => "cookie_key_unknown",
                OpenError::Tampered => "cookie_tampered",
            },
        }
    }
}

impl AuthCookies {
    /// The cookies in `headers`; what isn't a cookie pair is passed over.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let changes = Changes {
            headers: headers.get_all(header::COOKIE).iter().cloned().collect(),
            is_read: false,
            jar: CookieJar::new(),
            twins: Vec::new(),
            opened: Arc::default(),
            session: None,
        };
        Self {
            changes: Arc::new(Mutex::new(changes)),
        }
    }

    /// No cookies, for a request that must not have any.
    pub(crate) fn none() -> Self {
        Self::read(&HeaderMap::new())
    }

    /// Calls `each` with every pair of the Cookie headers that could be the session cookie or a piece of it, in the order of
    /// the request. [`session`](Self::session) depends on these pairs alone. Returns whether there was one.
    pub(crate) fn for_each_of_session(
        &self,
        config: &CookieConfig,
        mut each: impl FnMut(&[u8]),
    ) -> bool {
        let changes = self.unread();
        let headers = changes.headers.iter().map(HeaderValue::as_bytes);
        let pairs = headers.flat_map(|header| header.split(|byte| *byte == b';'));
        let mut is_any = false;
        // A name that cannot be read as it should is still somewhere in its pair.
        let has_name = |pair: &&[u8]| {
            config
                .names()
                .any(|name| find(pair, name.as_bytes()).is_some())
        };
        for pair in pairs.filter(has_name) {
            is_any = true;
            each(pair);
        }
        is_any
    }

    /// The session in the session cookie; `None` when there is no such cookie.
    ///
    /// Each value of a name that came more than once is tried, and the one that opens counts: another host of
    /// the same domain can set a cookie of this name, too.
    ///
    /// # Errors
    /// [`CookieError`] when there is a cookie of this name, and no value of it opens: another program's, say.
    pub(crate) fn session(
        &self,
        config: &CookieConfig,
        sealer: &Sealer,
    ) -> Result<Option<Session>, CookieError> {
        let mut changes = self.changes();
        let mut refusal = None;
        for name in config.names() {
            let mut found: Option<Session> = None;
            for candidate in changes.candidates(name) {
                let opened = candidate.map_err(|_| CookieError::TooLong);
                let opened =
                    opened.and_then(|it| Ok(Session::open(sealer, Purpose::Cookie(name), &it)?));
                match (opened, &found) {
                    (Err(error), _) => {
                        refusal.get_or_insert(error);
                    }
                    (Ok(session), Some(other)) if session.user.id != other.user.id => {
                        return Err(CookieError::Ambiguous);
                    }
                    (Ok(_), Some(_)) => {}
                    (Ok(session), None) => found = Some(session),
                }
            }
            if found.is_some() {
                let names = changes.jar.iter().map(Cookie::name);
                let names = names.filter(|cookie| chunks::belongs_to(name, cookie));
                changes.opened = names.map(str::to_owned).collect();
                return Ok(found);
            }
        }
        refusal.map_or(Ok(None), Err)
    }

    /// Names of the cookies that the session was read from.
    pub(crate) fn opened(&self) -> Arc<[String]> {
        Arc::clone(&self.unread().opened)
    }

    /// Takes the session for read from these cookies, as it was from the same ones before.
    pub(crate) fn opened_before(&self, names: &Arc<[String]>) {
        self.unread().opened = Arc::clone(names);
    }

    /// Whether the session was read from the cookie of an earlier version.
    pub(crate) fn is_under_old_name(&self, config: &CookieConfig) -> bool {
        let changes = self.changes();
        let is_old = |name: &String| {
            let old_name = config.old_name.as_deref();
            old_name.is_some_and(|old_name| chunks::belongs_to(old_name, name))
        };
        changes.opened.iter().any(is_old)
    }

    /// Sets the session cookie to `sealed`, which is `session`, and removes what is left of an older
    /// one.
    ///
    /// # Errors
    /// [`chunks::TooLong`] for a session that no number of cookies holds.
    pub(crate) fn set_session(
        &self,
        config: &CookieConfig,
        session: &Session,
        sealed: &str,
    ) -> Result<(), chunks::TooLong> {
        let chunks = chunks::split(&config.name, sealed)?;
        self.clear_session(config);
        // Also what another program has stored under this name.
        for name in self.names(|name| chunks::belongs_to(&config.name, name)) {
            self.remove(session_cookie(config, name, String::new()).build());
        }
        let mut changes = self.changes();
        changes.session = Some(Fingerprint::of(&session.refresh_token));
        let jar = &mut changes.jar;
        for (name, value) in chunks {
            jar.add(
                session_cookie(config, name, value.to_owned())
                    .max_age(Duration::seconds(
                        i64::try_from(config.max_age.as_secs()).unwrap_or(i64::MAX),
                    ))
                    .build(),
            );
        }
        Ok(())
    }

    /// Removes the cookie that the session was read from, in however many pieces the browser sent it. A cookie
    /// of this name that is not ours stays.
    pub(crate) fn clear_session(&self, config: &CookieConfig) {
        let mut ours = std::mem::take(&mut self.changes().opened).to_vec();
        if self.session_set().is_some() {
            ours.extend(self.names(|name| chunks::belongs_to(&config.name, name)));
        }
        for name in ours {
            self.remove(session_cookie(config, name, String::new()).build());
        }
    }

    /// The session that is set, if one is.
    pub(super) fn session_set(&self) -> Option<Fingerprint> {
        self.unread().session
    }

    /// Leaves the session cookie to the browser as it is there by now: neither sets nor removes it.
    pub(crate) fn leave_session(&self, config: &CookieConfig) {
        let jar = &mut self.changes().jar;
        let changed: Vec<_> = jar.delta().map(|cookie| cookie.name().to_owned()).collect();
        for name in changed {
            if config
                .names()
                .any(|session| chunks::belongs_to(session, &name))
            {
                jar.force_remove(name);
            }
        }
    }

    /// The value of a cookie, with the changes made so far.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let changes = self.changes();
        changes
            .jar
            .get(name)
            .map(|cookie| cookie.value().to_owned())
    }

    /// Whether the request may have a cookie of this name: without reading any.
    #[cfg(feature = "ssr")]
    pub(crate) fn mention(&self, name: &str) -> bool {
        let changes = self.unread();
        let mut headers = changes.headers.iter();
        headers.any(|header| find(header.as_bytes(), name.as_bytes()).is_some())
    }

    /// The names of the cookies there are, with the changes made so far.
    pub(crate) fn names(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.changes()
            .jar
            .iter()
            .map(|cookie| cookie.name().to_owned())
            .filter(|name| wanted(name))
            .collect()
    }

    /// Sets a cookie.
    pub(crate) fn add(&self, cookie: Cookie<'static>) {
        self.changes().jar.add(cookie);
    }

    /// Removes a cookie; it must have the path and domain it was set with.
    pub(crate) fn remove(&self, cookie: Cookie<'static>) {
        self.changes().jar.remove(cookie);
    }

    /// Adds a `Set-Cookie` line for each change.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        for cookie in self.unread().jar.delta() {
            if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        let mut changes = self.unread();
        changes.read();
        changes
    }

    /// The same, where what the request has does not matter.
    fn unread(&self) -> MutexGuard<'_, Changes> {
        // A jar is whole after each call, so a panic elsewhere can't have left it half changed.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    /// Puts the request's cookies into the jar, once.
    fn read(&mut self) {
        if std::mem::replace(&mut self.is_read, true) {
            return;
        }
        for header in &self.headers {
            // Another program's cookie may hold any bytes; ours are ASCII.
            let header = String::from_utf8_lossy(header.as_bytes()).into_owned();
            for cookie in Cookie::split_parse(header).flatten() {
                if self.jar.get(cookie.name()).is_some() {
                    self.twins.push(cookie);
                } else {
                    self.jar.add_original(cookie);
                }
            }
        }
    }

    /// What the cookies of this name may hold, in one piece or in several: with every value of a name that came
    /// more than once.
    fn candidates(&self, name: &str) -> Vec<Result<String, chunks::TooLong>> {
        let values = |name: &str| -> Vec<&str> {
            let twins = self.twins.iter().filter(|twin| twin.name() == name);
            let all = self.jar.get(name).into_iter().chain(twins);
            all.map(Cookie::value).take(MAX_TWINS).collect()
        };
        let whole = values(name).into_iter().map(|value| {
            chunks::join(name, |asked| (asked == name).then_some(value))
                .map(Option::unwrap_or_default)
        });
        let most = self
            .twins
            .iter()
            .filter(|twin| chunks::belongs_to(name, twin.name()));
        let most = most.count().min(MAX_TWINS);
        let chunked = (0..=most).filter_map(|pick| {
            let value = |asked: &str| {
                let values = values(asked);
                (asked != name).then(|| values.get(pick).or(values.last()).copied())?
            };
            chunks::join(name, value).transpose()
        });
        whole.chain(chunked).collect()
    }
}

fn session_cookie(
    config: &CookieConfig,
    name: String,
    value: String,
) -> cookie::CookieBuilder<'static> {
    let builder = base_cookie(name, value, config.secure).same_site(config.same_site);
    match &config.domain {
        Some(domain) => builder.domain(domain.clone()),
        None => builder,
    }
}

/// What all of the library's cookies have in common.
pub(crate) fn base_cookie(
    name: String,
    value: String,
    secure: bool,
) -> cookie::CookieBuilder<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
}
