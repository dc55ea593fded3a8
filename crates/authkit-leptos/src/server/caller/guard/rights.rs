//! Guards that ask what the caller may do: roles, permissions, entitlements, flags, and the organization they are in.
//!
//! All of them are AuthKit's claims. Those of another provider by the same names do not count, nor values of another type.

use super::{
    check::{Guard, Slug},
    denied::Denied,
};
use crate::server::{caller::identity::UserIdentity, revocations::Said};
use std::marker::PhantomData;

/// A user with the role in the organization of the session (`role`, `roles`).
///
/// ```
/// # use authkit_leptos::server::guard::{Guarded, HasRole, Slug};
/// struct Admin;
/// impl Slug for Admin { const SLUG: &'static str = "admin"; }
/// async fn members(_admin: Guarded<HasRole<Admin>>) -> &'static str {
///     "everybody"
/// }
/// ```
pub struct HasRole<R>(PhantomData<R>);
/// A user with the permission in the organization of the session (`permissions`).
///
/// ```
/// # use authkit_leptos::server::guard::{Guarded, HasPermission, Slug};
/// struct Publish;
/// impl Slug for Publish { const SLUG: &'static str = "posts:publish"; }
/// async fn publish(author: Guarded<HasPermission<Publish>>) -> String {
///     format!("published by {}", author.subject)
/// }
/// ```
pub struct HasPermission<P>(PhantomData<P>);
/// A user whose organization's plan includes this (`entitlements`).
///
/// ```
/// # use authkit_leptos::{server::guard::{Guarded, HasEntitlement}, slug};
/// slug!(AuditLogs = "audit-logs");
/// async fn audit_log(_caller: Guarded<HasEntitlement<AuditLogs>>) -> &'static str {
///     "who did what"
/// }
/// ```
pub struct HasEntitlement<E>(PhantomData<E>);
/// A user for whom the feature flag is on (`feature_flags`).
///
/// ```
/// # use authkit_leptos::server::guard::{Guarded, HasFeatureFlag, Slug};
/// struct Beta;
/// impl Slug for Beta { const SLUG: &'static str = "beta-search"; }
/// async fn search(_caller: Guarded<HasFeatureFlag<Beta>>) -> &'static str {
///     "the new search"
/// }
/// ```
pub struct HasFeatureFlag<F>(PhantomData<F>);
/// A user whose session is in an organization (`org_id`): any.
///
/// ```
/// # use authkit_leptos::server::guard::{Guarded, InOrganization};
/// async fn invoices(caller: Guarded<InOrganization>) -> String {
///     format!("of {}", caller.organization_id())
/// }
/// ```
pub struct InOrganization;

/// A guard that lets nobody pass who is in no organization, so that
/// [`Guarded::organization_id`](crate::server::guard::Guarded::organization_id) is there: [`InOrganization`], alone or first
/// in a tuple.
///
/// ```compile_fail
/// # use authkit_leptos::server::guard::{AuthKitUser, Guarded, InOrganization};
/// fn id(caller: &Guarded<(AuthKitUser, InOrganization)>) -> &str {
///     caller.organization_id()
/// }
/// ```
pub trait WantsOrganization: Guard + sealed::Sealed {}

impl<G: Guard + sealed::Sealed> WantsOrganization for G {}

/// A guard that claimed to want an organization and did not would have no id to give.
mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for InOrganization {}
impl<A> sealed::Sealed for (InOrganization, A) {}
impl<A, B> sealed::Sealed for (InOrganization, A, B) {}
impl<A, B, C> sealed::Sealed for (InOrganization, A, B, C) {}

impl<R: Slug> Guard for HasRole<R> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.roles().any(|role| role == R::SLUG);
        Denied::unless(has, || format!("the role {}", R::SLUG))
    }
}

impl<P: Slug> Guard for HasPermission<P> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.is_authkit && caller.lists("permissions", P::SLUG);
        Denied::unless(has, || format!("the permission {}", P::SLUG))
    }
}

impl<F: Slug> Guard for HasFeatureFlag<F> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.is_authkit && caller.lists("feature_flags", F::SLUG);
        Denied::unless(has, || format!("the feature flag {}", F::SLUG))
    }
}

impl<E: Slug> Guard for HasEntitlement<E> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.is_authkit && caller.lists("entitlements", E::SLUG);
        Denied::unless(has, || format!("the entitlement {}", E::SLUG))
    }
}

impl Guard for InOrganization {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let is_in = caller.organization_id().is_some();
        Denied::unless(is_in, || "a session in an organization".to_owned())
    }
}
