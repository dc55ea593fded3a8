//! Control over people and sessions: users, organizations, invitations, impersonation, ends.
//! Callers: tests. What it makes is as real as what the pages make, and is kept in the state file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Control, ControlError};
use crate::accounts::{self, EmailTaken, NewAccount, Refused, UserUpdate};
use crate::authorization_code;
use crate::callback::Callback;
use crate::event::Event;
use crate::random;
use crate::sessions;
use crate::store::model::{Impersonator, Invitation, Membership, Organization, Policy, State};
use crate::store::seed::SEEDED_PASSWORD;
use crate::users;

/// A user to add.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewUser {
    /// Unique, whatever its case.
    pub email: String,
    /// The seeded users' password when empty.
    pub password: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Address of a picture, as an identity provider may have given it.
    pub profile_picture_url: Option<String>,
}

/// A user who was added.
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

    /// Deletes a user, with their memberships, sessions and tokens, and signs their browsers out here.
    /// The address is free again afterwards.
    pub fn delete_user(&self, email: &str) -> Result<(), ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            accounts::remove(context, state, &user_id);
            Ok(())
        })
    }

    /// Changes a user, as an administrator or the person would. Answers the user as the API shows it.
    pub fn update_user(&self, id: &str, change: UserUpdate) -> Result<Value, ControlError> {
        let context = &self.context;
        let updated = context
            .store
            .change(|state| accounts::update(context, state, id, change));
        match updated {
            Ok(user) => Ok(users::json(&user)),
            Err(Refused::Unknown) => Err(ControlError::UnknownUserId(id.to_owned())),
            Err(Refused::InvalidEmail) => Err(ControlError::InvalidEmail),
            Err(Refused::EmailTaken) => Err(EmailTaken.into()),
        }
    }

    /// The id of the user with this address.
    pub fn user_id(&self, email: &str) -> Result<String, ControlError> {
        self.context.store.read(|state| user_id(state, email))
    }

    /// Adds an organization. Answers its id.
    pub fn create_organization(&self, name: impl Into<String>) -> String {
        let id = random::id("org", &self.context.clock);
        let organization = Organization {
            id: id.clone(),
            name: name.into(),
            policy: Policy::Open,
        };
        self.context
            .store
            .change(|state| state.organizations.insert(id.clone(), organization));
        id
    }

    /// Says what an organization asks for beyond a password, from now on. Sessions that have not done
    /// it can't move there by refreshing; their next way in leads through a page that asks.
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
        self.context.store.read(|state| {
            state
                .organizations
                .values()
                .find(|it| it.name == name)
                .map(|it| it.id.clone())
        })
    }

    /// Makes a user a member of an organization, with a role: `admin` or `member`.
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
            let joined = state.join(Membership::starting(now, &user_id, organization_id, role));
            if let Some(joined) = joined {
                context.tell(&Event::MembershipCreated(joined));
            }
            Ok(())
        })
    }

    /// Gives a member another role, from their next access token on.
    pub fn set_role(
        &self,
        email: &str,
        organization_id: &str,
        role: &str,
    ) -> Result<(), ControlError> {
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            let membership = state.memberships.get_mut(&user_id, organization_id);
            let membership = membership.ok_or_else(|| not_a_member(email, organization_id))?;
            role.clone_into(&mut membership.role);
            membership.changed_at = Some(now);
            context.tell(&Event::MembershipUpdated(membership));
            Ok(())
        })
    }

    /// Takes a member out of an organization. Sessions that are there are in none from their next access
    /// token on.
    pub fn remove_member(&self, email: &str, organization_id: &str) -> Result<(), ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let user_id = user_id(state, email)?;
            let membership = state.memberships.remove(&user_id, organization_id);
            let membership = membership.ok_or_else(|| not_a_member(email, organization_id))?;
            context.tell(&Event::MembershipDeleted(&membership));
            Ok(())
        })
    }

    /// Invites an address. Answers the `invitation_token`.
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

    /// What WorkOS's dashboard does to impersonate somebody: a callback address with a code that no
    /// request asked for, so without state. `redirect_uri` defaults to the first one registered.
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
        let code = authorization_code::mint(&self.context, &user, registered_as, impersonator);
        Ok(callback.with_code(&self.context, &code).into())
    }

    /// Ends a session, as an administrator would. Answers whether there was one.
    pub fn end_session(&self, session_id: &str) -> bool {
        let context = &self.context;
        context
            .store
            .change(|state| sessions::end(context, state, session_id).is_some())
    }

    /// Ends all sessions of a user, and their browsers' sessions here. Answers how many were live.
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

fn not_a_member(email: &str, organization_id: &str) -> ControlError {
    ControlError::NotAMember {
        email: email.to_owned(),
        organization_id: organization_id.to_owned(),
    }
}

fn user_id(state: &State, email: &str) -> Result<String, ControlError> {
    let user = state.user_by_email(email).map(|user| user.id.clone());
    user.ok_or_else(|| ControlError::UnknownUser(email.to_owned()))
}
