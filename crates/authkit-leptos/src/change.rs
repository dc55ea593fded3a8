//! [`Change`]: what an open page does about the server's latest answer. Pure, so that it can be
//! tested without a browser.
//!
//! Compares with what the page was rendered with, because that is what is on the screen.

use crate::auth::AuthState;

/// What an open page does about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The page was rendered for them: islands take the answer over, and nothing visible happens.
    None,
    /// The page was rendered for somebody who is signed out now.
    Ended,
    /// The page was rendered for somebody else.
    SomebodyElse,
    /// The page was rendered for them with other rights: what the server has put into it, or left out, may be wrong.
    Rights,
    /// Nobody knows right now.
    Unknown,
}

impl Change {
    /// The change from a page `rendered` with one state to an `answer`.
    pub(crate) fn between(rendered: &AuthState, answer: &AuthState) -> Self {
        match (who(rendered), who(answer)) {
            (_, None) => Self::Unknown,
            (before, now) if before == now => match have_the_same_rights(rendered, answer) {
                true => Self::None,
                false => Self::Rights,
            },
            (Some(Some(_)), Some(None)) => Self::Ended,
            _ => Self::SomebodyElse,
        }
    }
}

/// Two answers that differ only in when the token expires are the same to everybody who looks.
pub(crate) fn looks_the_same(one: &AuthState, other: &AuthState) -> bool {
    match (one, other) {
        (AuthState::SignedIn(one), AuthState::SignedIn(other)) => {
            let mut other = other.clone();
            other.expires_at = one.expires_at;
            *one == other
        }
        _ => one == other,
    }
}

/// Session, user and organization; `Some(None)` for nobody and `None` for nobody knows.
fn who(state: &AuthState) -> Option<Option<(&str, &str, Option<&str>)>> {
    match state {
        AuthState::SignedIn(identity) => Some(Some((
            &identity.session_id,
            &identity.user.id,
            identity.organization_id.as_deref(),
        ))),
        AuthState::SignedOut => Some(None),
        AuthState::Unavailable(_) => None,
    }
}

/// By the number that stands for all rights: the lists end after a hundred entries.
fn have_the_same_rights(one: &AuthState, other: &AuthState) -> bool {
    let digest = |state: &AuthState| state.identity().map(|it| it.rights_digest);
    digest(one) == digest(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Identity, User};

    fn identity(session: &str, organization: Option<&str>) -> Identity {
        Identity {
            user: User {
                id: "user_1".to_owned(),
                email: "ada@example.com".to_owned(),
                email_verified: true,
                first_name: None,
                last_name: None,
                profile_picture_url: None,
            },
            session_id: session.to_owned(),
            organization_id: organization.map(ToOwned::to_owned),
            roles: Vec::new(),
            permissions: Vec::new(),
            entitlements: Vec::new(),
            feature_flags: Vec::new(),
            impersonator: None,
            expires_at: 300,
            authenticated_at: None,
            authentication_method: None,
            rights_digest: 0,
            published_claims: None,
        }
    }

    fn signed_in(session: &str, organization: Option<&str>) -> AuthState {
        AuthState::SignedIn(identity(session, organization))
    }

    #[test]
    fn a_renewed_token_changes_nothing() {
        let mut renewed = identity("session_1", None);
        renewed.expires_at = 600;
        let (before, after) = (signed_in("session_1", None), AuthState::SignedIn(renewed));
        assert_eq!(Change::between(&before, &after), Change::None);
        assert!(looks_the_same(&before, &after));
    }

    /// A state whose rights come to this number.
    fn with_rights(digest: u32, roles: &[&str]) -> AuthState {
        let mut identity = identity("session_1", Some("org_1"));
        identity.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        identity.rights_digest = digest;
        AuthState::SignedIn(identity)
    }

    #[test]
    fn a_right_given_or_taken_makes_another_page() {
        let (before, after) = (with_rights(1, &["member"]), with_rights(2, &["admin"]));
        assert_eq!(Change::between(&before, &after), Change::Rights);
        assert_eq!(Change::between(&after, &before), Change::Rights);
        assert!(!looks_the_same(&before, &after));
    }

    #[test]
    fn a_right_beyond_what_a_page_lists_makes_another_page() {
        let hundred = ["role"; 100];
        let (before, after) = (with_rights(1, &hundred), with_rights(2, &hundred));
        assert_eq!(Change::between(&before, &after), Change::Rights);
        assert!(!looks_the_same(&before, &after));
    }

    #[test]
    fn rights_in_another_order_are_the_same_rights() {
        let before = with_rights(1, &["admin", "editor"]);
        let after = with_rights(1, &["editor", "admin"]);
        assert_eq!(Change::between(&before, &after), Change::None);
    }

    #[test]
    fn another_session_user_or_organization_is_somebody_else() {
        let before = signed_in("session_1", Some("org_1"));
        let mut other_user = identity("session_1", Some("org_1"));
        other_user.user.id = "user_2".to_owned();
        for after in [
            signed_in("session_2", Some("org_1")),
            signed_in("session_1", Some("org_2")),
            signed_in("session_1", None),
            AuthState::SignedIn(other_user),
        ] {
            assert_eq!(Change::between(&before, &after), Change::SomebodyElse);
        }
        assert_eq!(
            Change::between(&AuthState::SignedOut, &before),
            Change::SomebodyElse
        );
    }

    #[test]
    fn only_somebody_who_was_signed_in_is_told_that_the_session_ended() {
        let out = AuthState::SignedOut;
        let unavailable = AuthState::Unavailable(None);
        let signed_in = signed_in("session_1", None);
        assert_eq!(Change::between(&signed_in, &out), Change::Ended);
        assert_eq!(Change::between(&out, &out), Change::None);
        assert_eq!(Change::between(&unavailable, &out), Change::SomebodyElse);
    }

    #[test]
    fn an_outage_changes_nothing_and_ends_with_a_page_for_whoever_is_there() {
        let unavailable = AuthState::Unavailable(None);
        let signed_in = signed_in("session_1", None);
        for before in [&AuthState::SignedOut, &signed_in, &unavailable] {
            assert_eq!(Change::between(before, &unavailable), Change::Unknown);
        }
        assert_eq!(
            Change::between(&unavailable, &signed_in),
            Change::SomebodyElse
        );
    }
}
