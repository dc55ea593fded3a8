//! The sessions of a user at WorkOS, and the end of one.
//!
//! Listed for operators, by `authkit sessions` and `authkit revoke`, never during a request.

use super::{
    client::{EXCHANGE_TIMEOUT, WorkOs, in_time},
    failure::Failure,
    gate::Class,
};
use workos::{
    RevokeSession, UserSessionsListItem,
    user_management::{ListSessionsParams, RevokeSessionParams},
};

/// The largest page WorkOS gives.
const PAGE: i64 = 100;

/// A page of sessions, the newest first.
#[derive(Debug)]
pub struct SessionPage {
    /// A hundred at most, as WorkOS describes them. It documents that it lists active ones only.
    pub sessions: Vec<UserSessionsListItem>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// What became of a session that was to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It has ended now.
    Now,
    /// WorkOS does not know it: it had ended before, or there never was one.
    Before,
}

impl WorkOs {
    /// The sessions of this user, from a cursor on or the newest.
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::Declined`] with 404 if there is no such user.
    pub async fn sessions(
        &self,
        user_id: &str,
        after: Option<&str>,
    ) -> Result<SessionPage, Failure> {
        let params = ListSessionsParams {
            after: after.map(str::to_owned),
            limit: Some(PAGE),
            ..ListSessionsParams::default()
        };
        let api = self.client.user_management();
        let listing = api.list_sessions(user_id, params);
        let page = self.gate.call(Class::Other, listing).await?;
        Ok(SessionPage {
            sessions: page.data,
            next: page.list_metadata.after,
        })
    }

    /// Ends a session at WorkOS, and tells whether it had ended already.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn end_session(&self, session_id: &str) -> Result<Revoked, Failure> {
        let params = RevokeSessionParams::new(RevokeSession {
            session_id: session_id.to_owned(),
        });
        let api = self.client.user_management();
        let call = in_time(EXCHANGE_TIMEOUT, api.revoke_session(params));
        match self.gate.call(Class::Revocation, call).await {
            Ok(()) => Ok(Revoked::Now),
            Err(Failure::Declined { status: 404 }) => Ok(Revoked::Before),
            Err(failure) => Err(failure),
        }
    }
}
