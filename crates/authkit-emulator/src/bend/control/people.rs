//! Control over users and sessions: users, organizations, memberships, invitations, impersonation, ends of sessions.
//! Callers: tests. Its records equal those made through the pages and are kept in the state file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Control, ControlError};
use crate::api::shapes;
use crate::changes::accounts::{self, EmailTaken, NewAccount, Refused, UserUpdate};
use crate::changes::event::{self, Event};
use crate::changes::sessions;
use crate::protocol::callback::Callback;
use crate::protocol::code;
use crate::state::random;
use crate::state::seed::SEEDED_PASSWORD;
use crate::state::store::memory::Memory;
use crate::state::store::model::{
    Impersonator, Invitation, Membership, OauthProvider, Organization, Policy,
};

/// A user to add.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewUser {
    /// Unique, regardless of case.
    pub email: String,
    /// The password; an empty one stands for the seeded password.
    pub password: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Address of a picture.
    pub profile_picture_url: Option<String>,
}

/// An added user.
#[derive(Debug, Clone, Serialize)]
pub struct CreatedUser {
    /// `user_…`
    pub id: String,
    /// Lower case.
    pub email: String,
}

/// People and sessions.
impl Control {
    /// Adds a user.
    pub async fn create_user(&self, new: NewUser) -> Result<CreatedUser, ControlError> {
        let NewUser {
            email,
            password,
            first_name,
            last_name,
            profile_picture_url,
        } = new;
        let password = if password.is_empty() {
            SEEDED_PASSWORD.to_owned()
        } else {
            password
        };
        let account = NewAccount {
            email,
            email_verified: true,
            password: Some(password),
            first_name,
            last_name,
            profile_picture_url,
        };
        let context = &self.context;
        let user = account.into_user(context).await;
        let user = context
            .store
            .change(|state| accounts::add(context, state, user))?;
        Ok(CreatedUser {
            id: user.id,
            email: user.email,
        })
    }

    /// Deletes a user with memberships, sessions, tokens and browser sessions. The address can be used again
    /// afterwards.
    pub fn delete_user(&self, email: &str) -> Result<(), ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            accounts::remove(context, state, &user_id);
            Ok(())
        })
    }

    /// Changes a user, as an administrator would. Returns the user in the shape of the API.
    pub fn update_user(&self, id: &str, change: UserUpdate) -> Result<Value, ControlError> {
        let context = &self.context;
        let updated = context
            .store
            .change(|state| accounts::update(context, state, id, change));
        match updated {
            Ok(user) => Ok(shapes::user(&user)),
            Err(Refused::Unknown) => Err(ControlError::UnknownUserId(id.to_owned())),
            Err(Refused::InvalidEmail) => Err(ControlError::InvalidEmail),
            Err(Refused::EmailTaken) => Err(EmailTaken.into()),
        }
    }

    /// Sets the provider that a user signs in with from now on; `None` restores the password. The sign-in page stands for
    /// the provider, and the first answer of the token endpoint has its tokens.
    pub fn set_oauth_provider(
        &self,
        email: &str,
        provider: Option<OauthProvider>,
    ) -> Result<(), ControlError> {
        self.context.store.change(|state| {
            let user_id = user_id(state, email)?;
            state
                .users
                .change(&user_id, |user| user.oauth_provider = provider);
            Ok(())
        })
    }

    /// The id of the user with this address.
    pub fn user_id(&self, email: &str) -> Result<String, ControlError> {
        self.context.store.read(|state| user_id(state, email))
    }

    /// Adds an organization and returns its id.
    pub fn create_organization(&self, name: impl Into<String>) -> String {
        let organization = Organization::starting(self.context.clock.now(), name.into());
        let id = organization.id.clone();
        self.context
            .store
            .change(|state| state.organizations.insert(id.clone(), organization));
        id
    }

    /// Sets what an organization requires beyond a password, from now on. Sessions that have not met it cannot move
    /// there by refreshing; the next sign-in shows a page that asks for it.
    pub fn set_organization_policy(
        &self,
        organization_id: &str,
        policy: Policy,
    ) -> Result<(), ControlError> {
        self.context.store.change(|state| {
            let known = state.organizations.get_mut(organization_id);
            let unknown = || ControlError::UnknownOrganization(organization_id.to_owned());
            known.ok_or_else(unknown)?.policy = policy;
            Ok(())
        })
    }

    /// The id of the organization with this name.
    pub fn organization_id(&self, name: &str) -> Option<String> {
        self.context
            .store
            .read(|state| state.organization_named(name).map(|it| it.id.clone()))
    }

    /// Adds a user to an organization, with a role.
    pub fn add_member(
        &self,
        email: &str,
        organization_id: &str,
        role: &str,
    ) -> Result<(), ControlError> {
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            if !state.organizations.contains_key(organization_id) {
                return Err(ControlError::UnknownOrganization(
                    organization_id.to_owned(),
                ));
            }
            known_role(state, role)?;
            let joined = state.join(Membership::starting(now, &user_id, organization_id, role));
            if let Some(joined) = joined {
                event::tell(context, &Event::MembershipCreated(joined));
            }
            Ok(())
        })
    }

    /// Changes the role of a member, from the next access token on.
    pub fn set_role(
        &self,
        email: &str,
        organization_id: &str,
        role: &str,
    ) -> Result<(), ControlError> {
        self.set_roles(email, organization_id, &[role])
    }

    /// Changes the roles of a member, from the next access token on. The first is the claim `role`, all are in `roles`.
    pub fn set_roles(
        &self,
        email: &str,
        organization_id: &str,
        roles: &[&str],
    ) -> Result<(), ControlError> {
        let (role, others) = roles.split_first().ok_or(ControlError::NoRole)?;
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            for role in roles {
                known_role(state, role)?;
            }
            let membership = state.memberships.get_mut(&user_id, organization_id);
            let membership = membership.ok_or_else(|| not_a_member(email, organization_id))?;
            (*role).clone_into(&mut membership.role);
            membership.other_roles = others.iter().map(|role| (*role).to_owned()).collect();
            membership.changed_at = Some(now);
            event::tell(context, &Event::MembershipUpdated(membership));
            Ok(())
        })
    }

    /// Removes a member from an organization. Sessions in it have no organization from the next access token on.
    pub fn remove_member(&self, email: &str, organization_id: &str) -> Result<(), ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            let membership = state.memberships.remove(&user_id, organization_id);
            let membership = membership.ok_or_else(|| not_a_member(email, organization_id))?;
            event::tell(context, &Event::MembershipDeleted(&membership));
            Ok(())
        })
    }

    /// Invites an address and returns the `invitation_token`.
    pub fn invite(
        &self,
        email: &str,
        organization_id: Option<&str>,
    ) -> Result<String, ControlError> {
        let token = random::secret();
        self.context.store.change(|state| {
            if let Some(id) = organization_id.filter(|id| !state.organizations.contains_key(*id)) {
                return Err(ControlError::UnknownOrganization(id.to_owned()));
            }
            let invitation = Invitation {
                email: email.trim().to_lowercase(),
                organization_id: organization_id.map(str::to_owned),
                accepted_at: None,
            };
            state.invitations.insert(token.clone(), invitation);
            Ok(token)
        })
    }

    /// Impersonates a user, as WorkOS's dashboard does where no Initiate login URI is set. Returns a callback address with
    /// a code that no request asked for, so without state. `redirect_uri` defaults to the first registered one. No browser
    /// is signed in by it: [`Control::open_browser_session`] and the page `/impersonate` do that.
    pub fn impersonate(
        &self,
        email: &str,
        impersonator: Impersonator,
        redirect_uri: Option<&str>,
    ) -> Result<String, ControlError> {
        let uri = redirect_uri
            .map(str::to_owned)
            .or_else(|| self.context.redirect_uris.first());
        let callback = uri.and_then(|uri| Callback::registered(&self.context, &uri, None));
        let callback = callback.ok_or(ControlError::UnregisteredRedirectUri)?;
        let user = self
            .context
            .store
            .read(|state| state.user_by_email(email).cloned());
        let user = user.ok_or_else(|| ControlError::UnknownUser(email.to_owned()))?;
        let registered_as = callback.registered_as();
        let minted = code::mint(&self.context, &user, registered_as, impersonator);
        Ok(callback.with_code(&self.context, &minted).into())
    }

    /// Ends a session, as an administrator would. Returns whether it exists.
    pub fn end_session(&self, session_id: &str) -> bool {
        let context = &self.context;
        context
            .store
            .change(|state| sessions::end(context, state, session_id).is_some())
    }

    /// Ends all sessions and browser sessions of a user. Returns the number of live sessions.
    pub fn end_sessions_of(&self, email: &str) -> Result<usize, ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            let live = state.live_sessions_of(&user_id);
            for id in &live {
                sessions::end(context, state, id);
            }
            state
                .browser_sessions
                .retain(|_, browser| browser.user_id != user_id);
            Ok(live.len())
        })
    }
}

pub(super) fn not_a_member(email: &str, organization_id: &str) -> ControlError {
    ControlError::NotAMember {
        email: email.to_owned(),
        organization_id: organization_id.to_owned(),
    }
}

fn known_role(state: &Memory, slug: &str) -> Result<(), ControlError> {
    match state.roles.contains_key(slug) {
        true => Ok(()),
        false => Err(ControlError::UnknownRole(slug.to_owned())),
    }
}

/// The id of the user with this address, if there is one.
pub(super) fn user_id(state: &Memory, email: &str) -> Result<String, ControlError> {
    let user = state.user_by_email(email).map(|user| user.id.clone());
    user.ok_or_else(|| ControlError::UnknownUser(email.to_owned()))
}
