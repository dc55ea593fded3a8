//! The users of this environment, as WorkOS lists them.
//!
//! Called by jobs that keep a copy of the users, never during a request.

use super::{client::WorkOs, failure::Failure, gate::Class};
use crate::{auth::User, server::user_event::UserSnapshot};
use workos::{PaginationOrder, models, user_management::ListUsersParams};

/// The largest page WorkOS gives.
const PAGE: i64 = 100;

/// A page of users, the oldest first.
#[derive(Debug)]
pub struct UserPage {
    /// A hundred at most.
    pub users: Vec<UserSnapshot>,
    /// Whether there are more.
    pub has_more: bool,
}

impl WorkOs {
    /// The users that were created after this one, or the first ones.
    ///
    /// # Errors
    /// [`Failure`]; 400, 404 or 422 if the user `after` no longer exists.
    pub async fn users(&self, after: Option<&str>) -> Result<UserPage, Failure> {
        let params = ListUsersParams {
            after: after.map(str::to_owned),
            limit: Some(PAGE),
            order: Some(PaginationOrder::Asc),
            ..ListUsersParams::default()
        };
        let api = self.client.user_management();
        let list = self.gate.call(Class::Other, api.list_users(params)).await?;
        Ok(UserPage {
            users: list.data.into_iter().map(Into::into).collect(),
            has_more: list.list_metadata.after.is_some(),
        })
    }

    /// Deletes a user, for good. One who is gone already counts as deleted.
    ///
    /// # Errors
    /// [`Failure`]; with [`Failure::Unreachable`] it is not known whether it was done.
    pub async fn delete_user(&self, id: &str) -> Result<(), Failure> {
        let api = self.client.user_management();
        match self.gate.call(Class::Other, api.delete_user(id)).await {
            Err(Failure::Declined { status: 404 }) => Ok(()),
            answer => answer,
        }
    }

    /// The users with this e-mail address: WorkOS has one at most. Asked for as it is written, and then in lower case.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn users_with_email(&self, email: &str) -> Result<Vec<UserSnapshot>, Failure> {
        let lower_case = email.to_lowercase();
        for email in [email, lower_case.as_str()] {
            let params = ListUsersParams {
                email: Some(email.to_owned()),
                ..ListUsersParams::default()
            };
            let api = self.client.user_management();
            let list = self.gate.call(Class::Other, api.list_users(params)).await?;
            if !list.data.is_empty() {
                return Ok(list.data.into_iter().map(Into::into).collect());
            }
        }
        Ok(Vec::new())
    }

    /// The user of this id, if WorkOS has one. `None` is WorkOS's own word, never a gateway's.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn user(&self, id: &str) -> Result<Option<UserSnapshot>, Failure> {
        let api = self.client.user_management();
        match self.gate.call(Class::Other, api.get_user(id)).await {
            Ok(user) => Ok(Some(user.into())),
            Err(Failure::Declined { status: 404 }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Whether WorkOS has a user of this id. `false` is WorkOS's own word, never a gateway's.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn has_user(&self, id: &str) -> Result<bool, Failure> {
        Ok(self.user(id).await?.is_some())
    }
}

impl From<models::User> for UserSnapshot {
    fn from(user: models::User) -> Self {
        let updated_at = user.updated_at;
        let user = User {
            id: user.id,
            email: user.email,
            email_verified: user.email_verified,
            first_name: user.first_name,
            last_name: user.last_name,
            profile_picture_url: user.profile_picture_url,
        };
        Self::new(user, &updated_at)
    }
}
