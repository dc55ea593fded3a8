//! Browsers that are signed in at the emulator without its pages: tests put the cookie into a browser, and its next sign-in
//! is silent. Callers: tests. The app gets no back door: it sees an ordinary sign-in.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::people::{not_a_member, user_id};
use super::{Control, ControlError};
use crate::changes::accounts;
use crate::protocol::browser_session;
use crate::state::clock;
use crate::state::store::model::{BrowserSession, IMPERSONATION, Impersonator};

/// A browser's sign-in at the emulator.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrowserSignIn {
    /// The user.
    pub email: String,
    /// An organization of the user, for sign-ins that name none; without it, the first they joined.
    pub organization_id: Option<String>,
    /// Age of the authentication, in seconds.
    pub signed_in_ago: u32,
    /// Who acts for the user.
    pub impersonator: Option<Impersonator>,
}

/// The cookie of a browser session, for the emulator's origin.
#[derive(Debug, Clone, Serialize)]
pub struct BrowserCookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The emulator's address for browsers.
    pub url: String,
}

/// Browsers.
impl Control {
    /// Opens a browser session at the emulator and returns its cookie. A browser that has it signs in to the app without a
    /// page.
    pub fn open_browser_session(
        &self,
        sign_in: BrowserSignIn,
    ) -> Result<BrowserCookie, ControlError> {
        let context = &self.context;
        let now = context.clock.now();
        let ago = SignedDuration::from_secs(sign_in.signed_in_ago.into());
        let authenticated_at = now.saturating_sub(ago).unwrap_or(now);
        let lifetime = match sign_in.impersonator {
            Some(_) => IMPERSONATION,
            None => context.lifetimes().browser_session,
        };
        let secret = context.store.change(|state| {
            let user_id = user_id(state, &sign_in.email)?;
            let chosen = sign_in.organization_id.as_deref();
            if let Some(id) = chosen.filter(|id| state.membership(&user_id, id).is_none()) {
                return Err(not_a_member(&sign_in.email, id));
            }
            if sign_in.impersonator.is_none() {
                accounts::signed_in(context, state, &user_id);
            }
            let session = BrowserSession {
                user_id,
                organization_id: sign_in.organization_id,
                impersonator: sign_in.impersonator,
                authenticated_at,
                expires_at: clock::after(authenticated_at, lifetime),
            };
            Ok(browser_session::insert(state, session).secret)
        })?;
        Ok(BrowserCookie {
            name: context.browser_cookie.clone(),
            value: secret,
            url: (context.public_url.clone()).unwrap_or_else(|| context.base_url.clone()),
        })
    }
}
