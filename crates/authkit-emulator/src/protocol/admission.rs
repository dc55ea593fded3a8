//! Whether a request admits a user: organization, invitation, age of the last authentication. Callers: `authorize` and
//! the pages of a sign-in. Pure. Here and not in `authorize`, which calls `step_up`, which asks here too.

use jiff::Timestamp;

use crate::protocol::browser_session::Current;
use crate::protocol::request::{AuthorizeRequest, Prompt};
use crate::state::store::memory::Memory;
use crate::state::store::model::User;

/// Whether the last authentication is recent enough for `prompt` and `max_age`. Never for a provider that the app has named:
/// it asks the user itself.
pub fn is_recent(request: &AuthorizeRequest, current: &Current, now: Timestamp) -> bool {
    let age = now.duration_since(current.authenticated_at).as_secs();
    // OpenID Connect Core §3.1.2.1: a max_age of 0 equals prompt=login.
    let too_old = |max_age: u32| max_age == 0 || age > i64::from(max_age);
    let may_be_old = request.prompt != Some(Prompt::Login) && request.oauth.is_none();
    may_be_old && !request.max_age.is_some_and(too_old)
}

/// Why a request does not admit a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// The user is not a member of the organization.
    NotMember,
    /// The invitation is for another address.
    OtherInvitee,
}

/// Checks the request's organization and invitation against a user.
pub fn admits(state: &Memory, request: &AuthorizeRequest, user: &User) -> Result<(), NotAdmitted> {
    let invitation = request
        .invitation_token
        .as_ref()
        .and_then(|it| state.invitations.get(it));
    if invitation.is_some_and(|invitation| invitation.email != user.email) {
        return Err(NotAdmitted::OtherInvitee);
    }
    let Some(organization) = &request.organization_id else {
        return Ok(());
    };
    let invited = invitation.is_some_and(|it| it.organization_id.as_ref() == Some(organization));
    if invited || state.membership(&user.id, organization).is_some() {
        Ok(())
    } else {
        Err(NotAdmitted::NotMember)
    }
}
