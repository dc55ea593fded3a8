//! [`Guard`]: the question that each guard is, and [`Slug`], the name it asks for.
//!
//! Asked by extractors, server functions, views and streams. Never asks WorkOS: what it needs to know is in the claims.

use super::denied::Denied;
use crate::server::{caller::identity::UserIdentity, core::clock::Clock};

/// What a caller has to be.
///
/// ```
/// use authkit_leptos::server::{UserIdentity, guard::{Denied, Guard, Guarded}};
///
/// /// A caller with an address of the company.
/// struct Colleague;
/// impl Guard for Colleague {
///     fn check(caller: &UserIdentity, _now: u64) -> Result<(), Denied> {
///         let is_verified = caller.email_verified == Some(true);
///         match caller.email.as_deref() {
///             Some(email) if is_verified && email.ends_with("@example.com") => Ok(()),
///             _ => Err(Denied::Forbidden("an address of example.com".to_owned())),
///         }
///     }
/// }
/// async fn intranet(caller: Guarded<Colleague>) -> String {
///     format!("Hello, {}", caller.subject)
/// }
/// ```
pub trait Guard: Send + Sync + 'static {
    /// Whether `caller` may pass. `now` is in seconds since the epoch.
    ///
    /// # Errors
    /// [`Denied`] says what is missing.
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied>;

    /// Until when a caller who passes now passes with the same token, in seconds since the epoch; [`u64::MAX`] for a
    /// guard that does not depend on the time. A connection that outlives its request, such as the stream of a live
    /// query, is checked again then. `now` is in seconds since the epoch.
    #[must_use]
    fn holds_until(_caller: &UserIdentity, _now: u64) -> u64 {
        u64::MAX
    }
}

/// The name of a role, permission, entitlement or feature flag, as a type: see [`slug!`](crate::slug).
pub trait Slug: Send + Sync + 'static {
    /// As it is called at WorkOS.
    const SLUG: &'static str;
}

impl UserIdentity {
    /// Whether this caller passes a further guard.
    ///
    /// Guards that depend on the time ([`SignedInWithin`](crate::server::guard::SignedInWithin)) take it from the system's clock.
    ///
    /// ```
    /// # use authkit_leptos::server::{UserIdentity, guard::{HasRole, Slug}};
    /// # struct Admin;
    /// # impl Slug for Admin { const SLUG: &'static str = "admin"; }
    /// fn may_remove(caller: &UserIdentity, owner: &str) -> bool {
    ///     caller.subject == owner || caller.passes::<HasRole<Admin>>()
    /// }
    /// ```
    #[must_use]
    pub fn passes<G: Guard>(&self) -> bool {
        G::check(self, Clock::default().now()).is_ok()
    }
}
