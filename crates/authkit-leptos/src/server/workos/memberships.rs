//! The organizations of a user, as WorkOS lists them.
//!
//! Pages that list them cost one call per user within that time, however often they are opened. A switch of
//! organizations makes the list of its user be asked for again.

use super::{
    client::{WorkOs, in_time},
    failure::Failure,
    gate::Class,
    remembered::Memberships,
};
use crate::membership::Membership;
use std::{sync::Arc, time::Duration};
use workos::organization_membership::ListOrganizationMembershipsParams;

/// How long a page waits for a list.
const LIST_TIMEOUT: Duration = Duration::from_secs(3);
impl WorkOs {
    /// The organizations a user belongs to, a hundred at most, as of some seconds ago.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn memberships(&self, user_id: &str) -> Result<Vec<Membership>, Failure> {
        let Memberships(lists) = &self.memberships;
        // Requests at the same moment share the call.
        let list = lists.try_get_with_by_ref(user_id, self.list_memberships(user_id));
        let list = list.await.map_err(|failure| *failure)?;
        Ok(list.to_vec())
    }

    /// Forgets the list of a user.
    pub async fn forget_memberships(&self, user_id: &str) {
        self.memberships.0.invalidate(user_id).await;
    }

    async fn list_memberships(&self, user_id: &str) -> Result<Arc<[Membership]>, Failure> {
        let params = ListOrganizationMembershipsParams {
            user_id: Some(user_id.to_owned()),
            limit: Some(100),
            ..Default::default()
        };
        let api = self.client.organization_membership();
        let listing = api.list_organization_memberships(params);
        let list = in_time(LIST_TIMEOUT, listing);
        let list = self.gate.call(Class::Other, list).await?;
        let memberships = list.data.into_iter().map(|membership| Membership {
            organization_name: membership
                .organization_name
                .unwrap_or_else(|| membership.organization_id.clone()),
            organization_id: membership.organization_id,
            role: membership.role.slug,
        });
        Ok(memberships.collect())
    }
}
