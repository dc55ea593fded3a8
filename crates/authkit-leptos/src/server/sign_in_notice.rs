//! [`SignInNotice`]: what a page says after a sign-in that was asked for in between; and [`SignInNotices`], which keeps it for
//! that page.
//!
//! On the way through the sign-in it is in the address to go back to; the callback moves it into a cookie, which is read once.
//! Decides nothing.

use super::{
    config::CookieConfig,
    cookies::{AuthCookies, base_cookie},
};
use crate::paths::{self, ReturnTo};
use cookie::time::Duration;

/// What happened at the sign-in that led to a page. A page that is for users says it in a sentence of its own, or in
/// [this one](Self::sentence).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInNotice {
    /// A form needed a newer sign-in. The user has signed in again; the form was not sent again.
    FormNotSent,
    /// The user who has signed in is not the one who was asked to confirm that it is them.
    AnotherUser,
}

/// The query parameter.
const NAME: &str = "sign_in_notice";
/// How long the cookie is kept: the page comes next.
const LIFETIME: Duration = Duration::minutes(1);

/// The cookie with what the next page says.
#[derive(Clone)]
pub(super) struct SignInNotices {
    name: String,
    secure: bool,
}

impl SignInNotices {
    /// Named after the session cookie, as that is one app's.
    pub fn new(session_cookie: &CookieConfig) -> Self {
        let name = session_cookie.name_beside("notice");
        let secure = session_cookie.secure;
        Self { name, secure }
    }

    /// Has the next page say it.
    pub fn keep(&self, cookies: &AuthCookies, notice: SignInNotice) {
        let cookie = base_cookie(self.name.clone(), notice.word().to_owned(), self.secure);
        cookies.add(cookie.max_age(LIFETIME).build());
    }

    /// What this page says, which no other says again.
    #[cfg(feature = "ssr")]
    pub fn take(&self, cookies: &AuthCookies) -> Option<SignInNotice> {
        // Most requests have none, and their cookies need not be read.
        if !cookies.mention(&self.name) {
            return None;
        }
        let kept = cookies.get(&self.name)?;
        cookies.remove(base_cookie(self.name.clone(), String::new(), self.secure).build());
        SignInNotice::of_word(&kept)
    }
}

impl SignInNotice {
    /// A sentence for the user who is signed in now.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::FormNotSent => {
                "You have confirmed that it is you. Nothing has been done yet: please ask for it again."
            }
            Self::AnotherUser => {
                "You have signed in as another user than before. What the other one was about to do has not been done."
            }
        }
    }

    /// The page, with this in its address until a sign-in leads there: for handlers that lead a form to a new sign-in.
    ///
    /// ```
    /// # use authkit_leptos::{ReturnTo, server::SignInNotice};
    /// let page = ReturnTo::or_home(Some("/account"));
    /// let page = SignInNotice::FormNotSent.on(&page);
    /// assert_eq!(page.as_str(), "/account?sign_in_notice=form_not_sent");
    /// ```
    #[must_use]
    pub fn on(self, page: &ReturnTo) -> ReturnTo {
        let (page, _) = Self::taken_from(page);
        let (path, fragment) = page.as_str().split_once('#').unwrap_or((page.as_str(), ""));
        let address = paths::with_parameter(path, NAME, self.word());
        let address = match fragment {
            "" => address,
            fragment => format!("{address}#{fragment}"),
        };
        // A page whose address has no room for it is led to without.
        ReturnTo::parse(&address).unwrap_or(page)
    }

    /// The page without it, and what it was.
    pub(super) fn taken_from(page: &ReturnTo) -> (ReturnTo, Option<Self>) {
        let (path, query) = page.as_str().split_once('?').unwrap_or((page.as_str(), ""));
        let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
        let (own, others): (Vec<_>, Vec<_>) = query
            .split('&')
            .partition(|pair| pair.split('=').next() == Some(NAME));
        let Some(last) = own.last() else {
            return (page.clone(), None);
        };
        let said = last
            .split_once('=')
            .and_then(|(_, word)| Self::of_word(word));
        let mut address = path.to_owned();
        if !others.is_empty() {
            address.extend(["?", &others.join("&")]);
        }
        if !fragment.is_empty() {
            address.extend(["#", fragment]);
        }
        let page = ReturnTo::parse(&address).unwrap_or_else(ReturnTo::home);
        (page, said)
    }

    fn of_word(word: &str) -> Option<Self> {
        let mut all = [Self::FormNotSent, Self::AnotherUser].into_iter();
        all.find(|it| it.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::FormNotSent => "form_not_sent",
            Self::AnotherUser => "another_user",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_an_address_is_taken_out_again_and_the_rest_stays() {
        for page in [
            "/",
            "/account",
            "/account?tab=2",
            "/account?tab=2&a=b#delete",
            "/a#b?c",
        ] {
            let page = ReturnTo::parse(page).unwrap();
            let with = SignInNotice::AnotherUser.on(&page);
            let with = SignInNotice::FormNotSent.on(&with);
            assert_eq!(with.as_str().matches(NAME).count(), 1, "{with:?}");
            let (without, said) = SignInNotice::taken_from(&with);
            assert_eq!((without, said), (page, Some(SignInNotice::FormNotSent)));
        }
    }

    #[test]
    fn what_is_no_notice_is_none_and_goes_all_the_same() {
        for odd in [
            "/?sign_in_notice",
            "/?sign_in_notice=%3Cb%3E",
            "/?sign_in_notice=x",
        ] {
            let odd = ReturnTo::parse(odd).unwrap();
            assert_eq!(SignInNotice::taken_from(&odd), (ReturnTo::home(), None));
        }
        let other = ReturnTo::parse("/?notice=another_user").unwrap();
        assert_eq!(SignInNotice::taken_from(&other), (other.clone(), None));
    }

    #[test]
    fn a_page_whose_address_is_full_is_led_to_without() {
        let longest = (1..10_000)
            .rev()
            .map(|length| format!("/{}", "a".repeat(length)));
        let longest = longest
            .filter_map(|path| ReturnTo::parse(&path))
            .next()
            .unwrap();
        assert_eq!(SignInNotice::AnotherUser.on(&longest), longest);
    }
}
