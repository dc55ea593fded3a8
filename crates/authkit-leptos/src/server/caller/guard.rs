//! Guards: what a caller has to be, as types, for server functions, axum routes and views.
//!
//! A guard refuses when it does not know: a claim that is missing or of another type lets no caller pass. Roles,
//! permissions and flags are AuthKit's; another provider's claims of those names do not count.

use super::identity::UserIdentity;
use crate::server::{core::clock::Clock, revocations::Said, token::verifier::LEEWAY};
use std::marker::PhantomData;

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
    /// query, is checked again then.
    #[must_use]
    fn holds_until(_caller: &UserIdentity) -> u64 {
        u64::MAX
    }
}

/// The name of a role, permission or feature flag, as a type.
///
/// ```
/// use authkit_leptos::server::guard::Slug;
/// struct Admin;
/// impl Slug for Admin {
///     const SLUG: &'static str = "admin";
/// }
/// ```
pub trait Slug: Send + Sync + 'static {
    /// As it is called at WorkOS.
    const SLUG: &'static str;
}

/// A caller with a token of any of the providers: a person or a service.
///
/// ```
/// # use authkit_leptos::server::guard::{Guarded, Identified};
/// async fn whoami(caller: Guarded<Identified>) -> String {
///     caller.token_identifier.clone()
/// }
/// ```
pub struct Identified;
/// A user of this app's own AuthKit.
///
/// ```
/// # use authkit_leptos::server::guard::{AuthKitUser, Guarded};
/// async fn profile(caller: Guarded<AuthKitUser>) -> String {
///     caller.subject.clone()
/// }
/// ```
pub struct AuthKitUser;
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
/// A user who signed in within the last `SECONDS` (`auth_time`, OpenID Connect Core §2). Renewing a session does not
/// count. A token without `auth_time`, or with one in the future, does not pass.
///
/// ```
/// # use authkit_leptos::server::guard::{AuthKitUser, Guarded, SignedInWithin};
/// async fn delete_account(caller: Guarded<(AuthKitUser, SignedInWithin<300>)>) -> String {
///     format!("deleted {}", caller.subject)
/// }
/// ```
pub struct SignedInWithin<const SECONDS: u64>;

/// Why a caller whose identity is known may not pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// A role, permission, flag or kind of session is missing: 403 (RFC 6750 §3.1, `insufficient_scope`).
    #[error("{0} is needed")]
    Forbidden(String),
    /// The sign-in is too long ago: 401 (RFC 9470).
    #[error("a sign-in within the last {max_age} seconds is needed")]
    SignInTooOld {
        /// Seconds.
        max_age: u64,
    },
}

impl Guard for Identified {
    fn check(_: &UserIdentity, _: u64) -> Result<(), Denied> {
        Ok(())
    }
}

impl Guard for AuthKitUser {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        allow(caller.is_authkit, || "a user of this app".to_owned())
    }
}

impl<R: Slug> Guard for HasRole<R> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.roles().any(|role| role == R::SLUG);
        allow(has, || format!("the role {}", R::SLUG))
    }
}

impl<P: Slug> Guard for HasPermission<P> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.is_authkit && caller.lists("permissions", P::SLUG);
        allow(has, || format!("the permission {}", P::SLUG))
    }
}

impl<F: Slug> Guard for HasFeatureFlag<F> {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let has = caller.is_authkit && caller.lists("feature_flags", F::SLUG);
        allow(has, || format!("the feature flag {}", F::SLUG))
    }
}

impl<const SECONDS: u64> Guard for SignedInWithin<SECONDS> {
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
        let is_recent = signed_in_at(caller).is_some_and(|at| {
            at <= now.saturating_add(LEEWAY) && at.saturating_add(SECONDS) >= now
        });
        is_recent
            .then_some(())
            .ok_or(Denied::SignInTooOld { max_age: SECONDS })
    }

    fn holds_until(caller: &UserIdentity) -> u64 {
        // The first second in which `check` refuses.
        signed_in_at(caller).map_or(0, |at| at.saturating_add(SECONDS).saturating_add(1))
    }
}

fn signed_in_at(caller: &UserIdentity) -> Option<u64> {
    let auth_time = caller.claim("auth_time")?;
    auth_time.as_u64()
}

impl<A: Guard, B: Guard> Guard for (A, B) {
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
        A::check(caller, now)?;
        B::check(caller, now)
    }

    fn holds_until(caller: &UserIdentity) -> u64 {
        A::holds_until(caller).min(B::holds_until(caller))
    }
}

impl<A: Guard, B: Guard, C: Guard> Guard for (A, B, C) {
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
        <(A, (B, C))>::check(caller, now)
    }

    fn holds_until(caller: &UserIdentity) -> u64 {
        <(A, (B, C))>::holds_until(caller)
    }
}

fn allow(allowed: bool, needed: impl Fn() -> String) -> Result<(), Denied> {
    match allowed {
        true => Ok(()),
        false => Err(Denied::Forbidden(needed())),
    }
}

impl UserIdentity {
    /// Whether this caller passes a further guard.
    ///
    /// Guards that depend on the time ([`SignedInWithin`]) take it from the system's clock.
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    struct Admin;
    impl Slug for Admin {
        const SLUG: &'static str = "admin";
    }

    fn caller(claims: Value) -> UserIdentity {
        let mut all = json!({"iss": "https://i", "sub": "s"});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let mut caller: UserIdentity = serde_json::from_value(all).unwrap();
        caller.is_authkit = true;
        caller
    }

    fn passes<G: Guard>(claims: Value) -> bool {
        G::check(&caller(claims), 1_000).is_ok()
    }

    #[test]
    fn a_claim_that_is_missing_or_odd_lets_nobody_pass() {
        assert!(passes::<HasRole<Admin>>(json!({"role": "admin"})));
        assert!(passes::<HasRole<Admin>>(
            json!({"role": "member", "roles": ["admin"]})
        ));
        for odd in [
            json!({}),
            json!({"role": ["admin"]}),
            json!({"roles": "admin"}),
            json!({"role": "Admin"}),
        ] {
            assert!(!passes::<HasRole<Admin>>(odd.clone()), "{odd}");
        }
        assert!(passes::<HasPermission<Admin>>(
            json!({"permissions": ["a", "admin"]})
        ));
        assert!(!passes::<HasPermission<Admin>>(
            json!({"permissions": "admin"})
        ));
        assert!(passes::<HasFeatureFlag<Admin>>(
            json!({"feature_flags": ["admin"]})
        ));
        assert!(!passes::<HasFeatureFlag<Admin>>(
            json!({"feature_flags": {"admin": true}})
        ));
    }

    #[test]
    fn a_role_of_another_issuer_is_no_role_here() {
        let mut stranger = caller(json!({
            "role": "admin", "permissions": ["admin"], "feature_flags": ["admin"],
        }));
        stranger.is_authkit = false;
        assert!(HasRole::<Admin>::check(&stranger, 0).is_err());
        assert!(HasPermission::<Admin>::check(&stranger, 0).is_err());
        assert!(HasFeatureFlag::<Admin>::check(&stranger, 0).is_err());
        assert!(AuthKitUser::check(&stranger, 0).is_err());
        assert!(Identified::check(&stranger, 0).is_ok());
    }

    #[test]
    fn a_sign_in_is_recent_by_auth_time_alone() {
        for (auth_time, recent) in [
            (json!(1_000), true),
            (json!(700), true),
            (json!(699), false),
            (json!(1_010), true),
            (json!(1_011), false),
            (json!("1000"), false),
            (json!(-1), false),
            (json!(null), false),
        ] {
            let claims = json!({"auth_time": auth_time, "iat": 1_000});
            assert_eq!(passes::<SignedInWithin<300>>(claims), recent, "{auth_time}");
        }
        assert!(!passes::<SignedInWithin<300>>(json!({"iat": 1_000})));
    }

    #[test]
    fn a_guard_holds_for_as_long_as_its_check_lets_pass() {
        type Both = (HasRole<Admin>, SignedInWithin<300>);
        let admin = caller(json!({"role": "admin", "auth_time": 1_000}));
        assert_eq!(HasRole::<Admin>::holds_until(&admin), u64::MAX);
        let until = Both::holds_until(&admin);
        assert_eq!(until, SignedInWithin::<300>::holds_until(&admin));
        assert!(Both::check(&admin, until - 1).is_ok());
        assert!(Both::check(&admin, until).is_err());
    }

    #[test]
    fn two_guards_want_both() {
        type Both = (HasRole<Admin>, SignedInWithin<300>);
        assert!(passes::<Both>(json!({"role": "admin", "auth_time": 1_000})));
        assert!(!passes::<Both>(json!({"role": "admin"})));
        assert!(!passes::<Both>(json!({"auth_time": 1_000})));
    }
}
