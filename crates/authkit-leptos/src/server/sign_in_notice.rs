//! [`SignInNotice`]: what a page says after a sign-in that led elsewhere, or back, without what was asked for.
//!
//! Written into the address that a sign-in leads to, and read from it by pages. Decides nothing: anybody can write an address.

use crate::paths::{self, ReturnTo};

/// What happened at the sign-in that led to a page. A page that is for users says it in a sentence of its own, or in
/// [this one](Self::sentence).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInNotice {
    /// A form needed a newer sign-in. The user has signed in again; the form was not sent again.
    FormNotSent,
    /// Somebody else has signed in than who was asked to confirm that it is them.
    AnotherUser,
}

/// The query parameter.
const NAME: &str = "sign_in_notice";

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

    /// What the query of an address says.
    #[must_use]
    pub fn of_query(query: &str) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let (_, said) = pairs.find(|(name, _)| name == NAME)?;
        [Self::FormNotSent, Self::AnotherUser]
            .into_iter()
            .find(|it| it.word() == said)
    }

    /// The page, with this in its address.
    pub(crate) fn on(self, page: &ReturnTo) -> ReturnTo {
        let (path, fragment) = match page.as_str().split_once('#') {
            Some((path, fragment)) => (path, Some(fragment)),
            None => (page.as_str(), None),
        };
        let mut address = match Self::of_query(path.split_once('?').unwrap_or_default().1) {
            Some(said) if said == self => path.to_owned(),
            _ => paths::with_parameter(path, NAME, self.word()),
        };
        if let Some(fragment) = fragment {
            address.extend(["#", fragment]);
        }
        // A page whose address has no room for it is shown without.
        ReturnTo::parse(&address).unwrap_or_else(|| page.clone())
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
    fn what_an_address_says_is_read_again_once_and_nothing_else_is() {
        let page = ReturnTo::parse("/account?tab=2#delete").unwrap();
        let page = SignInNotice::FormNotSent.on(&page);
        assert_eq!(
            page.as_str(),
            "/account?tab=2&sign_in_notice=form_not_sent#delete"
        );
        assert_eq!(SignInNotice::FormNotSent.on(&page), page);
        let query = "tab=2&sign_in_notice=form_not_sent";
        assert_eq!(
            SignInNotice::of_query(query),
            Some(SignInNotice::FormNotSent)
        );
        for odd in [
            "",
            "sign_in_notice",
            "sign_in_notice=<b>",
            "notice=another_user",
        ] {
            assert_eq!(SignInNotice::of_query(odd), None, "{odd}");
        }
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
