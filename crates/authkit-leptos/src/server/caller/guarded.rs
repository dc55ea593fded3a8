//! [`Guarded`]: a caller who passed a guard.
//!
//! Made for axum handlers by the extractor, for server functions by [`require`](crate::server::guard::require), and of an identity
//! that was checked before by [`Guarded::of`].

use super::{
    guard::{Denied, Guard, WantsOrganization},
    identity::UserIdentity,
    kinds::Caller,
    not_allowed::NotAllowed,
};
use std::{fmt, marker::PhantomData, ops::Deref};

/// A caller who passed the guard: an extractor for axum handlers, and what [`require`](crate::server::guard::require) gives.
///
/// ```
/// use authkit_leptos::server::guard::{Guarded, HasRole, SignedInWithin, Slug};
/// struct Admin;
/// impl Slug for Admin {
///     const SLUG: &'static str = "admin";
/// }
/// async fn purge(caller: Guarded<(HasRole<Admin>, SignedInWithin<300>)>) -> String {
///     format!("Purged by {}", caller.token_identifier)
/// }
/// ```
pub struct Guarded<G> {
    identity: UserIdentity,
    guard: PhantomData<fn() -> G>,
}

impl<G: Guard> Guarded<G> {
    /// Checks the caller of a request; `None` is a request without the layer. `now` is in seconds since the epoch.
    pub(in crate::server) fn check(caller: Option<&Caller>, now: u64) -> Result<Self, NotAllowed> {
        let identity = caller.ok_or(NotAllowed::NoLayer)?.identity()?;
        let identity = identity.ok_or(NotAllowed::Anonymous)?;
        Ok(Self::of(identity, now)?)
    }

    /// Checks the guard again for an identity that passed it before, such as that of a connection which outlives its request.
    /// `now` is in seconds since the epoch. It checks neither that the identity came from a verified token nor that its session
    /// still holds: the code that keeps the identity has to.
    ///
    /// # Errors
    /// [`Denied`] says what is missing.
    pub fn of(identity: &UserIdentity, now: u64) -> Result<Self, Denied> {
        G::check(identity, now)?;
        Ok(Self {
            identity: identity.clone(),
            guard: PhantomData,
        })
    }
}

impl<G> Guarded<G> {
    /// The caller's identity.
    #[must_use]
    pub fn into_identity(self) -> UserIdentity {
        self.identity
    }
}

impl<G: WantsOrganization> Guarded<G> {
    /// The id of the organization that the caller is in.
    ///
    /// ```
    /// use authkit_leptos::server::guard::{AuthKitUser, Guarded, InOrganization};
    ///
    /// /// What an organization keeps is found by this, and by nothing that may be empty.
    /// fn shelf(caller: &Guarded<(InOrganization, AuthKitUser)>) -> String {
    ///     format!("invoices of {}", caller.organization_id())
    /// }
    /// ```
    #[must_use]
    pub fn organization_id(&self) -> &str {
        let id = self.identity.organization_id();
        id.expect("the guard lets nobody pass without one")
    }
}

impl<G> Deref for Guarded<G> {
    type Target = UserIdentity;

    fn deref(&self) -> &UserIdentity {
        &self.identity
    }
}

impl<G> fmt::Debug for Guarded<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded")
            .field(&self.identity.token_identifier)
            .finish()
    }
}
