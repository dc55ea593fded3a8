//! A browser's session at the emulator itself, in a cookie: the next sign-in is silent, as at WorkOS, so that an app that
//! forgets to sign out here shows it. Callers: `authorize`, the pages, `logout`. The cookie holds a random secret only.

use axum::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use axum::response::Response;
use cookie::{Cookie, SameSite};
use jiff::{SignedDuration, Timestamp};

use crate::changes::accounts;
use crate::state::clock;
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::memory::Memory;
use crate::state::store::model::{BrowserSession, IMPERSONATION, Impersonator, User};

/// A live session of the requesting browser.
pub struct Current {
    pub fingerprint: String,
    pub authenticated_at: Timestamp,
    pub user: User,
    /// The organization of sign-ins that name none, if one was chosen.
    pub organization_id: Option<String>,
    /// Who acts for the user, in an impersonation.
    pub impersonator: Option<Impersonator>,
}

/// The requesting browser's live session, if it has one.
pub fn current(context: &Context, headers: &HeaderMap) -> Option<Current> {
    let fingerprint = fingerprint(context, headers)?;
    let now = context.clock.now();
    context.store.read(|state| {
        let (browser, user) = state.live_browser(&fingerprint, now)?;
        Some(Current {
            authenticated_at: browser.authenticated_at,
            user: user.clone(),
            organization_id: browser.organization_id.clone(),
            impersonator: browser.impersonator.clone(),
            fingerprint: fingerprint.clone(),
        })
    })
}

/// Fingerprint of a request's session cookie, live or not.
pub fn fingerprint(context: &Context, headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == context.browser_cookie)
        .map(|cookie| random::fingerprint(cookie.value()))
}

/// Starts a session after an authentication and removes the browser's old one. Each session has a new secret, against
/// session fixation.
pub fn start(context: &Context, headers: &HeaderMap, user: &User) -> (Current, SetCookie) {
    let now = context.clock.now();
    let lifetime = context.lifetimes().browser_session;
    let session = BrowserSession {
        user_id: user.id.clone(),
        organization_id: None,
        impersonator: None,
        authenticated_at: now,
        expires_at: clock::after(now, lifetime),
    };
    let old = fingerprint(context, headers);
    let (fresh, user) = context.store.change(|state| {
        let fresh = replace(state, old, session);
        let user = accounts::signed_in(context, state, &user.id).unwrap_or_else(|| user.clone());
        (fresh, user)
    });
    let current = Current {
        fingerprint: fresh.fingerprint,
        authenticated_at: now,
        user,
        organization_id: None,
        impersonator: None,
    };
    (current, SetCookie::new(context, &fresh.secret, lifetime))
}

/// Starts an impersonation, which is no sign-in of the user's, and removes the browser's old session.
pub fn impersonate(
    context: &Context,
    headers: &HeaderMap,
    user: &User,
    who: Impersonator,
) -> SetCookie {
    let now = context.clock.now();
    let session = BrowserSession {
        user_id: user.id.clone(),
        organization_id: None,
        impersonator: Some(who),
        authenticated_at: now,
        expires_at: clock::after(now, IMPERSONATION),
    };
    let old = fingerprint(context, headers);
    let fresh = context.store.change(|state| replace(state, old, session));
    SetCookie::new(context, &fresh.secret, IMPERSONATION)
}

/// A new session's secret, for the cookie, and its fingerprint.
pub struct Fresh {
    pub secret: String,
    fingerprint: String,
}

/// Adds a session with a new secret.
pub fn insert(state: &mut Memory, session: BrowserSession) -> Fresh {
    let secret = random::secret();
    let fingerprint = random::fingerprint(&secret);
    state.browser_sessions.insert(fingerprint.clone(), session);
    Fresh {
        secret,
        fingerprint,
    }
}

fn replace(state: &mut Memory, old: Option<String>, session: BrowserSession) -> Fresh {
    if let Some(old) = old {
        state.browser_sessions.remove(&old);
    }
    insert(state, session)
}

/// A `Set-Cookie` header for the emulator's own session.
pub struct SetCookie(String);

impl SetCookie {
    fn new(context: &Context, secret: &str, lifetime: SignedDuration) -> SetCookie {
        let max_age = cookie::time::Duration::seconds(lifetime.as_secs());
        SetCookie(cookie(context, secret, max_age))
    }

    /// Removes the cookie.
    pub fn removal(context: &Context) -> SetCookie {
        SetCookie(cookie(context, "", cookie::time::Duration::ZERO))
    }

    /// Adds the header to a response.
    pub fn on(self, mut response: Response) -> Response {
        // Base64url and constants are always a valid header.
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }
}

fn cookie(context: &Context, value: &str, max_age: cookie::time::Duration) -> String {
    // Lax, not Strict: the browser arrives by a link from the app. Not Secure: this is plain HTTP.
    Cookie::build((context.browser_cookie.as_str(), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .to_string()
}
