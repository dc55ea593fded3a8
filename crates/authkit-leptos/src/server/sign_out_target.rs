//! [`SignOutTarget`]: where a sign-out leads in the end, kept by the browser while it is at WorkOS.
//!
//! WorkOS leads back to addresses that are registered there, to the character. So that one registration is enough,
//! that is always the signed-out page, and this is a cookie that leads on from there. Nothing is secret about it, and
//! whatever a browser sends is a path of this origin or nothing.

use super::{
    config::CookieConfig,
    cookies::{AuthCookies, base_cookie},
};
use crate::paths::ReturnTo;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::time::Duration;

/// How long it is kept.
const LIFETIME: Duration = Duration::minutes(5);
/// The longest path that is kept, in bytes.
const LONGEST: usize = 512;

/// The cookie that says where a sign-out leads.
#[derive(Clone)]
pub(super) struct SignOutTarget {
    name: String,
    secure: bool,
}

impl SignOutTarget {
    /// Named after the session cookie, as that is one app's.
    pub fn new(session_cookie: &CookieConfig) -> Self {
        Self {
            name: session_cookie.name_beside("then"),
            secure: session_cookie.secure,
        }
    }

    /// Has the browser remember where to go.
    pub fn keep(&self, cookies: &AuthCookies, target: ReturnTo) {
        let target = URL_SAFE_NO_PAD.encode(target.within(LONGEST).as_str());
        let cookie = base_cookie(self.name.clone(), target, self.secure);
        cookies.add(cookie.max_age(LIFETIME).build());
    }

    /// Where this browser goes, which forgets it.
    pub fn take(&self, cookies: &AuthCookies) -> Option<ReturnTo> {
        let kept = cookies.get(&self.name)?;
        cookies.remove(base_cookie(self.name.clone(), String::new(), self.secure).build());
        let target = URL_SAFE_NO_PAD.decode(kept).ok()?;
        ReturnTo::parse(std::str::from_utf8(&target).ok()?)
    }
}
