//! [`sign_in_url`]: the address that starts a sign-in, for handlers and mails.
//!
//! Our own `/sign-in?…`, never AuthKit's: that one has a `state`, which works once and in one browser, so it must not
//! stand in a page.

use crate::{
    hints::Hints,
    paths::{self, ReturnTo, with_parameter},
};

/// What a sign-in is to be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInOptions {
    /// Whether AuthKit opens with its sign-up screen.
    pub sign_up: bool,
    /// Where it leads; home by default.
    pub return_to: Option<ReturnTo>,
    /// What the app's `on_sign_in` is told: 2,048 bytes at most.
    pub state: Option<String>,
    /// What is passed through to AuthKit.
    pub hints: Hints,
}

/// The address on this app that starts such a sign-in.
///
/// ```
/// # use authkit_leptos::{Hints, ReturnTo, SignInOptions, sign_in_url};
/// let url = sign_in_url(&SignInOptions {
///     return_to: ReturnTo::parse("/team?new"),
///     state: Some("from the newsletter".to_owned()),
///     hints: Hints { login_hint: Some("ada@example.com".to_owned()), ..Hints::default() },
///     ..SignInOptions::default()
/// });
/// assert_eq!(
///     url,
///     "/sign-in?return_to=/team%3Fnew&state=from%20the%20newsletter&login_hint=ada%40example.com"
/// );
/// assert_eq!(sign_in_url(&SignInOptions { sign_up: true, ..SignInOptions::default() }), "/sign-up");
/// ```
#[must_use]
pub fn sign_in_url(options: &SignInOptions) -> String {
    let route = match options.sign_up {
        true => paths::SIGN_UP,
        false => paths::SIGN_IN,
    };
    let mut url = match &options.return_to {
        Some(return_to) => return_to.on(route),
        None => route.to_owned(),
    };
    let state = options.state.as_deref().map(|state| ("state", state));
    for (name, value) in state.into_iter().chain(options.hints.pairs()) {
        url = with_parameter(&url, name, value);
    }
    url
}
