//! The only errors that leave the server: [`AuthError`] for server functions and [`SignInFailure`]
//! for the page that explains a sign-in that did not work.
//!
//! Both are safe to show: fixed sentences and reason codes, never the text of an inner error.

#[cfg(feature = "leptos")]
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// Why a server function refused or could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AuthError {
    /// HTTP 401: nobody is signed in.
    #[error("Sign in to continue.")]
    SignedOut,
    /// HTTP 401: the access token that came with the call is not accepted; the `WWW-Authenticate` header
    /// has the reason code.
    #[error("The access token is not accepted.")]
    TokenRefused,
    /// HTTP 403: the caller is known and lacks something.
    #[error("You are not allowed to do that.")]
    Forbidden,
    /// HTTP 401: the caller has to sign in again first.
    #[error("Sign in again to do that.")]
    SignInTooOld {
        /// How old the sign-in may be, in seconds.
        max_age: u64,
    },
    /// HTTP 503: there is a session, but it can't be checked right now. Try again shortly.
    #[error("We can't check your session right now. You have not been signed out.")]
    Unavailable,
    /// HTTP 400: the arguments could not be read, or the request was of the wrong kind.
    #[error("The request could not be understood.")]
    BadRequest,
    /// HTTP 500: the server failed; its log says why.
    #[error("Something went wrong on the server.")]
    Internal,
    /// The call did not reach the server or its answer could not be read. Made in the browser.
    #[error("The server could not be reached.")]
    Unreachable,
}

impl AuthError {
    /// The HTTP status of an answer that says this.
    ///
    /// ```
    /// # use authkit_leptos::AuthError;
    /// assert_eq!(AuthError::SignedOut.status(), 401);
    /// assert_eq!(AuthError::Unavailable.status(), 503);
    /// ```
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::SignedOut | Self::TokenRefused | Self::SignInTooOld { .. } => 401,
            Self::Forbidden => 403,
            Self::Unavailable => 503,
            Self::BadRequest => 400,
            Self::Internal | Self::Unreachable => 500,
        }
    }

    /// The reason code: stable, for scripts and logs.
    ///
    /// ```
    /// # use authkit_leptos::AuthError;
    /// assert_eq!(AuthError::SignedOut.code(), "signed_out");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::TokenRefused => "token_refused",
            Self::Forbidden => "forbidden",
            Self::SignInTooOld { .. } => "sign_in_too_old",
            Self::Unavailable => "unavailable",
            Self::BadRequest => "bad_request",
            Self::Internal => "internal",
            Self::Unreachable => "unreachable",
        }
    }

    #[cfg(feature = "axum")]
    pub(crate) fn status_code(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status()).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// What Leptos says of a call that did not reach the function, or whose answer did not come back.
#[cfg(feature = "leptos")]
impl FromServerFnError for AuthError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // On the server it is the arguments that can't be read, in the browser the answer.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => Self::BadRequest,
            ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::Response(_)
            | ServerFnErrorErr::Deserialization(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

/// Why a sign-in did not end in a session: the reason codes of the page at
/// [`paths::SIGN_IN_FAILED`](super::paths::SIGN_IN_FAILED).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInFailure {
    /// The user pressed "Cancel" at AuthKit (`error=access_denied`, RFC 6749 §4.1.2.1).
    Cancelled,
    /// The callback was opened without the parameters AuthKit adds.
    CallbackIncomplete,
    /// The `state` is not one this app made (RFC 6749 §10.12).
    StateInvalid,
    /// The `state` is ours, but its attempt was finished already or belongs to another browser.
    AttemptUnknown,
    /// A fresh attempt expired again, or AuthKit left out the state twice.
    AttemptExpired,
    /// AuthKit answered the sign-in with an error.
    Refused,
    /// The authorization code was used up, expired or not meant for this attempt.
    CodeRefused,
    /// The access token did not pass the checks.
    TokenRefused,
    /// An access token came with the request that is not accepted: a proxy's, most likely.
    TokenFromElsewhere,
    /// The access token is too big for the cookies of a session.
    TokenTooBig,
    /// The sign-in was asked for inside a frame of another site.
    InAFrame,
    /// AuthKit could not be reached, or not in time.
    Unreachable,
    /// AuthKit answered with something that isn't an answer.
    Broken,
    /// AuthKit asked us to slow down (HTTP 429).
    RateLimited,
    /// AuthKit does not accept this app's API key or client id.
    Misconfigured,
    /// The user was to sign in again, and AuthKit did not ask (OpenID Connect Core §3.1.2.1, `max_age`).
    NotRecent,
    /// The link that started the sign-in asks for something that there isn't.
    LinkInvalid,
    /// The user wanted to move to an organization they are not a member of.
    NotAMember,
    /// This server failed, for instance because it can't store the attempt.
    Internal,
    /// The app did not let the user in: its `on_sign_in` refused.
    NotAdmitted,
    /// The app's `on_sign_in` failed, or took too long.
    HookFailed,
    /// The `state` of the link that started the sign-in is too long, or holds a NUL.
    StateTooLong,
}

/// What a person reads when a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, in a few words.
    pub title: &'static str,
    /// What it means for the reader and what to do now.
    pub text: &'static str,
}

impl SignInFailure {
    /// Every reason there is.
    pub const ALL: [Self; 22] = [
        Self::Cancelled,
        Self::CallbackIncomplete,
        Self::StateInvalid,
        Self::AttemptUnknown,
        Self::AttemptExpired,
        Self::Refused,
        Self::CodeRefused,
        Self::TokenRefused,
        Self::TokenFromElsewhere,
        Self::TokenTooBig,
        Self::InAFrame,
        Self::Unreachable,
        Self::Broken,
        Self::RateLimited,
        Self::Misconfigured,
        Self::NotRecent,
        Self::LinkInvalid,
        Self::NotAMember,
        Self::Internal,
        Self::NotAdmitted,
        Self::HookFailed,
        Self::StateTooLong,
    ];

    /// The reason code: stable, shown small on the page and logged.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "access_denied",
            Self::CallbackIncomplete => "callback_incomplete",
            Self::StateInvalid => "state_invalid",
            Self::AttemptUnknown => "attempt_unknown",
            Self::AttemptExpired => "attempt_expired",
            Self::Refused => "authkit_refused",
            Self::CodeRefused => "code_refused",
            Self::TokenRefused => "authkit_token_refused",
            Self::TokenFromElsewhere => "token_from_elsewhere",
            Self::TokenTooBig => "token_too_big",
            Self::InAFrame => "in_a_frame",
            Self::Unreachable => "authkit_unreachable",
            Self::Broken => "authkit_broken",
            Self::RateLimited => "authkit_rate_limited",
            Self::Misconfigured => "authkit_misconfigured",
            Self::NotRecent => "auth_too_old",
            Self::LinkInvalid => "link_invalid",
            Self::NotAMember => "organization_membership_not_found",
            Self::Internal => "internal",
            Self::NotAdmitted => "app_refused",
            Self::HookFailed => "hook_failed",
            Self::StateTooLong => "state_too_long",
        }
    }

    /// The reason behind a code; for a code there isn't, that this page needs a sign-in to explain. The codes of the app's
    /// own refusals begin with `app_`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code.starts_with("app_") {
            return Self::NotAdmitted;
        }
        Self::ALL
            .into_iter()
            .find(|reason| reason.code() == code)
            .unwrap_or(Self::CallbackIncomplete)
    }

    /// The HTTP status of the page: 4xx when another attempt by the same person may work, 502 when
    /// AuthKit or the configuration is at fault, 503 when waiting helps.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Cancelled
            | Self::CallbackIncomplete
            | Self::StateInvalid
            | Self::AttemptUnknown
            | Self::AttemptExpired
            | Self::Refused
            | Self::InAFrame
            | Self::NotRecent
            | Self::LinkInvalid
            | Self::StateTooLong
            | Self::CodeRefused => 400,
            Self::NotAMember | Self::NotAdmitted => 403,
            Self::TokenRefused
            | Self::TokenFromElsewhere
            | Self::TokenTooBig
            | Self::Broken
            | Self::Misconfigured => 502,
            Self::Unreachable | Self::RateLimited => 503,
            Self::Internal | Self::HookFailed => 500,
        }
    }

    /// The words for it.
    #[must_use]
    pub fn explanation(self) -> Explanation {
        let (title, text) = match self {
            Self::Cancelled => (
                "Sign-in cancelled",
                "You left the sign-in before it was finished. Nothing has changed; you can try again whenever you like.",
            ),
            Self::CallbackIncomplete => (
                "This page needs a sign-in to start from",
                "The address you opened is where a sign-in ends. Start one here instead.",
            ),
            Self::StateInvalid => (
                "This sign-in didn't start here",
                "The answer we received does not belong to a sign-in of this app, so we did not use it. Start again to sign in safely.",
            ),
            Self::AttemptUnknown => (
                "This sign-in is already over",
                "It was finished before, or it was started in another browser. Start again from this one. If this keeps happening, check that the browser accepts cookies.",
            ),
            Self::AttemptExpired => (
                "The sign-in took too long",
                "A sign-in has to be finished within ten minutes, and starting over for you did not help. Try again from here.",
            ),
            Self::Refused => (
                "AuthKit refused the sign-in",
                "The sign-in service ended the attempt with an error. Try again, or choose another way to sign in.",
            ),
            Self::CodeRefused => (
                "The sign-in could not be completed",
                "The sign-in service no longer accepts this attempt; it may have been used already. Start again to get a new one.",
            ),
            Self::TokenRefused => (
                "The sign-in could not be verified",
                "The sign-in service sent a token that did not pass our checks, so you are not signed in. If it happens again, tell support the code below.",
            ),
            Self::TokenFromElsewhere => (
                "A token came along that this app does not accept",
                "Something between your browser and this app, such as a proxy that signs people in, has put an access token of its own into the request. Nothing is wrong with your account, and trying again won't help: tell the people who run this app the code below.",
            ),
            Self::TokenTooBig => (
                "This account has too many permissions to sign in",
                "What the sign-in service says about it does not fit into a session of this app. Trying again won't help; tell support the code below, so that the account gets fewer permissions or claims.",
            ),
            Self::InAFrame => (
                "Signing in needs the whole window",
                "This page is shown inside another one. So that you can see who asks for your password, the sign-in opens in the window itself.",
            ),
            Self::Unreachable => (
                "The sign-in service can't be reached",
                "It did not answer in time. Nobody has been signed out. Wait a moment and try again.",
            ),
            Self::Broken => (
                "The sign-in service is having trouble",
                "It answered with an error of its own. Nobody has been signed out. Wait a moment and try again.",
            ),
            Self::RateLimited => (
                "The sign-in service is busy",
                "It asked us to slow down. Wait a minute and try again.",
            ),
            Self::Misconfigured => (
                "This app's sign-in is not set up correctly",
                "The sign-in service does not accept the app's credentials. Trying again won't help; the people who run this app need to check its configuration.",
            ),
            Self::NotRecent => (
                "We could not confirm that it is you",
                "The sign-in service did not ask you to sign in again, so what you wanted to do has not been done. Sign out and in again to do it.",
            ),
            Self::LinkInvalid => (
                "This sign-in link does not work",
                "It asks for something that signing in can't do. Start here instead; if a page of this app led you here, tell the people who run it the code below.",
            ),
            Self::NotAMember => (
                "You are not a member of that organization",
                "So this session stays where it is. Ask one of the organization's administrators for an invitation.",
            ),
            Self::Internal => (
                "The sign-in could not be completed",
                "Something went wrong on our side. Try again; if it happens again, tell support the code below.",
            ),
            Self::NotAdmitted => (
                "You can't sign in to this app",
                "The app does not accept the account that you signed in with. Sign in with another one, or ask the people who run the app.",
            ),
            Self::HookFailed => (
                "The app could not finish your sign-in",
                "It could not find out whether to let you in, so you are not signed in. Wait a moment and try again.",
            ),
            Self::StateTooLong => (
                "The link to sign in is too long",
                "It asks the app to remember more than it can. Go to the app and sign in from there.",
            ),
        };
        Explanation { title, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_code_finds_its_reason_again() {
        for reason in SignInFailure::ALL {
            assert_eq!(SignInFailure::from_code(reason.code()), reason);
        }
    }

    #[test]
    fn an_unknown_code_is_nobodys_failure() {
        assert_eq!(
            SignInFailure::from_code("<script>"),
            SignInFailure::CallbackIncomplete
        );
    }
}
