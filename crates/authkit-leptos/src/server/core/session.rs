//! The session as the cookie and the ledger carry it: tokens and user, in a compact encoding, sealed.
//!
//! Made by the flow from AuthKit's answer, opened by the layer on each request. The only type that
//! holds a session's tokens; it never leaves the server. What a session carries of a user is bounded in
//! `brief`: every request carries it, and the token must have room beside it.

use super::{
    compact::CompactToken,
    seal::{OpenError, Salt, Sealer},
};
use crate::{
    auth::{Impersonator, User},
    authentication_method::AuthenticationMethod,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A session: what AuthKit gave at sign-in or at the last refresh.
///
/// `Debug` shows no token.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token, a JWT (RFC 7519).
    pub access_token: SecretString,
    /// The refresh token (RFC 6749 §1.5): works once.
    pub refresh_token: SecretString,
    /// The token's `sid`: kept beside it so that signing out works when the token has expired.
    pub session_id: String,
    /// Whose session it is.
    pub user: User,
    /// The organization the session is in.
    pub organization_id: Option<String>,
    /// Who is signed in as the user, if it isn't the user.
    pub impersonator: Option<Impersonator>,
    /// How the user signed in, if WorkOS said so.
    pub authentication_method: Option<AuthenticationMethod>,
    /// Whether it came of a renewal: what came before it may be in the ledger. A sign-in has nothing before it.
    pub is_successor: bool,
}

/// What a session is sealed for. One sealed for one purpose can't be opened for another: what is in
/// the database is no cookie, and one user's row is not another's.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// The cookie of this name.
    Cookie(&'a str),
    /// The ledger's row of the refresh token with this fingerprint.
    Successor(&'a str),
}

/// Why a session cookie is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The seal is not ours, or broken.
    #[error(transparent)]
    Seal(#[from] OpenError),
    /// Sealed by us, but not a session: an older program's, perhaps.
    #[error("sealed by us, but not a session this program can read")]
    Undecodable,
}

/// The first byte of today's encoding, before the access token. The one before began with the length of that, which is
/// never 0.
const MARK: u8 = 0;

/// What follows the access token, borrowed when writing.
#[derive(Serialize, Deserialize)]
struct Encoded<'a> {
    refresh_token: &'a str,
    session_id: &'a str,
    user: std::borrow::Cow<'a, User>,
    organization_id: Option<&'a str>,
    impersonator: Option<std::borrow::Cow<'a, Impersonator>>,
}

impl Session {
    /// The session sealed for one purpose, ASCII.
    ///
    /// `salt` must be random: see [`Sealer::seal`].
    #[must_use]
    pub fn seal(&self, sealer: &Sealer, salt: Salt, purpose: Purpose<'_>) -> String {
        let access_token = CompactToken::of(self.access_token.expose_secret());
        let encoded = Encoded {
            refresh_token: self.refresh_token.expose_secret(),
            session_id: &self.session_id,
            user: std::borrow::Cow::Borrowed(&self.user),
            organization_id: self.organization_id.as_deref(),
            impersonator: self.impersonator.as_ref().map(std::borrow::Cow::Borrowed),
        };
        let later = (&self.authentication_method, self.is_successor);
        let bytes = postcard::to_extend(&(access_token, encoded, later), vec![MARK]);
        let bytes = bytes.expect("plain strings and options encode");
        sealer.seal(salt, &purpose.label(), &bytes)
    }

    /// The same without what is there only to be shown: for a session that has no room for it beside its token.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut session = self.clone();
        session.user.first_name = None;
        session.user.last_name = None;
        session.user.profile_picture_url = None;
        if let Some(impersonator) = &mut session.impersonator {
            impersonator.reason = None;
        }
        session
    }

    /// The session that was sealed for this purpose.
    ///
    /// # Errors
    /// [`SessionError`] for anything but a value that [`seal`](Self::seal) made for it under a
    /// configured password. The access token in it is not checked here.
    pub fn open(sealer: &Sealer, purpose: Purpose<'_>, value: &str) -> Result<Self, SessionError> {
        let bytes = sealer.open(&purpose.label(), value)?;
        let read = match bytes.split_first() {
            Some((&MARK, encoded)) => {
                let read = postcard::take_from_bytes::<CompactToken>(encoded);
                read.map(|(token, rest)| (token.into_text(), rest))
            }
            _ => postcard::take_from_bytes::<String>(&bytes),
        };
        let (access_token, rest) = read.map_err(|_| SessionError::Undecodable)?;
        let (rest, later) = postcard::take_from_bytes::<Encoded<'_>>(rest)
            .map_err(|_| SessionError::Undecodable)?;
        // Sealed by a program that does not know what follows, a session ends earlier. That program ignores it.
        let (authentication_method, later) = match later {
            [] => (None, later),
            later => postcard::take_from_bytes(later).map_err(|_| SessionError::Undecodable)?,
        };
        let is_successor = match later {
            [] => true,
            later => postcard::from_bytes(later).map_err(|_| SessionError::Undecodable)?,
        };
        Ok(Self {
            access_token: access_token.into(),
            refresh_token: rest.refresh_token.into(),
            session_id: rest.session_id.to_owned(),
            user: rest.user.into_owned(),
            organization_id: rest.organization_id.map(str::to_owned),
            impersonator: rest.impersonator.map(std::borrow::Cow::into_owned),
            authentication_method,
            is_successor,
        })
    }
}

impl Purpose<'_> {
    fn label(self) -> String {
        match self {
            Self::Cookie(name) => format!("session cookie {name}"),
            Self::Successor(of) => format!("refresh successor of {of}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: Purpose<'_> = Purpose::Cookie("wos-session");

    fn session() -> Session {
        Session {
            access_token: "header.claims.signature".into(),
            refresh_token: "refresh".into(),
            session_id: "session_1".into(),
            user: User {
                id: "user_1".into(),
                email: "ada@example.com".into(),
                email_verified: true,
                first_name: Some("Ada".into()),
                last_name: None,
                profile_picture_url: None,
            },
            organization_id: Some("org_1".into()),
            impersonator: Some(Impersonator {
                email: "support@example.com".into(),
                reason: None,
            }),
            authentication_method: Some(AuthenticationMethod::MagicAuth),
            is_successor: false,
        }
    }

    fn sealer() -> Sealer {
        Sealer::new(&SecretString::from("p".repeat(32)), [])
    }

    #[test]
    fn opens_what_it_sealed() {
        let sealed = session().seal(&sealer(), [1; 24], COOKIE);
        let opened = Session::open(&sealer(), COOKIE, &sealed).unwrap();
        assert_eq!(
            opened.access_token.expose_secret(),
            "header.claims.signature"
        );
        assert_eq!(opened.refresh_token.expose_secret(), "refresh");
        assert_eq!(opened.user, session().user);
        assert_eq!(opened.session_id, "session_1");
        assert_eq!(opened.organization_id.as_deref(), Some("org_1"));
        assert_eq!(opened.impersonator, session().impersonator);
        let method = session().authentication_method;
        assert_eq!(opened.authentication_method, method);
        assert!(!opened.is_successor);
    }

    #[test]
    fn a_session_of_which_it_is_not_known_counts_as_renewed() {
        let session = session();
        let encoded = Encoded {
            refresh_token: session.refresh_token.expose_secret(),
            session_id: &session.session_id,
            user: std::borrow::Cow::Borrowed(&session.user),
            organization_id: session.organization_id.as_deref(),
            impersonator: None,
        };
        let token = CompactToken::of(session.access_token.expose_secret());
        let method = &session.authentication_method;
        let without = postcard::to_extend(&(&token, &encoded), vec![MARK]).unwrap();
        let with_method = postcard::to_extend(&(&token, &encoded, method), vec![MARK]).unwrap();
        for (bytes, method) in [(without, &None), (with_method, method)] {
            let sealed = sealer().seal([1; 24], &COOKIE.label(), &bytes);
            let opened = Session::open(&sealer(), COOKIE, &sealed).unwrap();
            assert_eq!(opened.authentication_method, *method);
            assert!(opened.is_successor);
        }
    }

    #[test]
    fn opens_what_an_earlier_version_sealed() {
        let token = session().access_token;
        let (session, impersonator) = (session(), session().impersonator.unwrap());
        let encoded = (
            (token.expose_secret(), session.refresh_token.expose_secret()),
            (&session.session_id, &session.user),
            (&session.organization_id, Some(&impersonator)),
        );
        let bytes = postcard::to_stdvec(&encoded).unwrap();
        let sealed = sealer().seal([1; 24], &COOKIE.label(), &bytes);
        let opened = Session::open(&sealer(), COOKIE, &sealed).unwrap();
        assert_eq!(opened.access_token.expose_secret(), token.expose_secret());
        assert_eq!(opened.user, session.user);
        assert_eq!(opened.impersonator, session.impersonator);
        assert_eq!(opened.authentication_method, None);
        assert!(opened.is_successor);
    }

    #[test]
    fn a_cookie_replayed_under_another_name_is_refused() {
        let sealed = session().seal(&sealer(), [1; 24], COOKIE);
        assert_eq!(
            Session::open(&sealer(), Purpose::Cookie("other"), &sealed).unwrap_err(),
            SessionError::Seal(OpenError::Tampered)
        );
    }

    #[test]
    fn a_stored_successor_is_no_cookie_and_nobody_elses_successor() {
        let sealed = session().seal(&sealer(), [1; 24], Purpose::Successor("one"));
        for purpose in [COOKIE, Purpose::Cookie("one"), Purpose::Successor("two")] {
            assert_eq!(
                Session::open(&sealer(), purpose, &sealed).unwrap_err(),
                SessionError::Seal(OpenError::Tampered)
            );
        }
    }

    #[test]
    fn a_sealed_text_that_is_no_session_is_refused() {
        let sealed = sealer().seal([1; 24], "session cookie wos-session", b"\xff\xff\xff");
        assert_eq!(
            Session::open(&sealer(), COOKIE, &sealed).unwrap_err(),
            SessionError::Undecodable
        );
    }

    #[test]
    fn debug_output_shows_no_token() {
        let shown = format!("{:?}", session());
        assert!(shown.contains("session_1"));
        assert!(!shown.contains("header.claims") && !shown.contains("\"refresh\""));
    }
}
