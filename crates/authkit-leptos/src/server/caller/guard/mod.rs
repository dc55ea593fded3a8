//! Guards: what a caller has to be, as types, for server functions, axum routes and views.
//!
//! A guard refuses when it does not know: a claim that is missing or of another type lets no caller pass. Roles,
//! permissions and flags are AuthKit's; another provider's claims of those names do not count.

mod combined;
mod person;
mod rights;

pub use combined::AnyOf;
pub use person::{AuthKitUser, Identified, NotImpersonated, SignedInWithin};
pub(in crate::server) use person::{signed_in_at, signed_in_within};
pub use rights::{HasEntitlement, HasFeatureFlag, HasPermission, HasRole, InOrganization};

use super::identity::UserIdentity;
use crate::server::core::clock::Clock;

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

/// Makes a type for each name of a role, permission, entitlement or feature flag.
///
/// ```
/// use authkit_leptos::{server::guard::{self, HasRole}, slug};
/// slug! {
///     /// Runs the organization.
///     pub Admin = "admin";
///     InviteMembers = "members:invite";
/// }
/// async fn invoices(_: guard::Guarded<HasRole<Admin>>) -> &'static str {
///     "all of them"
/// }
/// ```
#[macro_export]
macro_rules! slug {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident = $slug:literal);+ $(;)?) => {$(
        $(#[$attribute])*
        $visibility struct $name;
        impl $crate::server::guard::Slug for $name {
            const SLUG: &'static str = $slug;
        }
    )+};
}

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

impl Denied {
    /// Refuses a caller who lacks something, which `needed` names: a noun, as in "the role admin".
    pub(super) fn unless(allowed: bool, needed: impl FnOnce() -> String) -> Result<(), Self> {
        match allowed {
            true => Ok(()),
            false => Err(Self::Forbidden(needed())),
        }
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
        assert_eq!(HasRole::<Admin>::holds_until(&admin, 1_000), u64::MAX);
        let until = Both::holds_until(&admin, 1_000);
        assert_eq!(until, SignedInWithin::<300>::holds_until(&admin, 1_000));
        assert!(Both::check(&admin, until - 1).is_ok());
        assert!(Both::check(&admin, until).is_err());
    }

    #[test]
    fn roles_and_permissions_of_the_wrong_type_let_nobody_pass() {
        slug!(Seven = "7");
        for odd in [json!(7), json!([7]), json!({"7": true}), json!(null)] {
            let claims = json!({
                "role": odd, "roles": odd, "permissions": odd, "entitlements": odd, "feature_flags": odd,
            });
            assert!(!passes::<HasRole<Seven>>(claims.clone()), "{odd}");
            assert!(!passes::<HasPermission<Seven>>(claims.clone()), "{odd}");
            assert!(!passes::<HasEntitlement<Seven>>(claims.clone()), "{odd}");
            assert!(!passes::<HasFeatureFlag<Seven>>(claims), "{odd}");
        }
    }

    #[test]
    fn one_of_five_thousand_permissions_is_found_and_one_that_is_not_there_is_not() {
        let many: Vec<_> = (0..5_000).map(|it| format!("p{it}")).collect();
        slug!(Last = "p4999"; None = "p5000");
        assert!(passes::<HasPermission<Last>>(json!({"permissions": many})));
        assert!(!passes::<HasPermission<None>>(json!({"permissions": many})));
    }

    #[test]
    fn any_of_wants_one_and_asks_for_a_new_sign_in_where_that_helps() {
        slug!(Owner = "owner");
        type Either = AnyOf<(HasRole<Owner>, (HasRole<Admin>, SignedInWithin<300>))>;
        assert!(passes::<Either>(json!({"role": "owner"})));
        assert!(passes::<Either>(
            json!({"role": "admin", "auth_time": 1_000})
        ));
        let refused = |claims| Either::check(&caller(claims), 1_000).unwrap_err();
        assert_eq!(
            refused(json!({"role": "admin"})),
            Denied::SignInTooOld { max_age: 300 }
        );
        let neither = refused(json!({"role": "member"})).to_string();
        assert_eq!(neither, "the role owner or the role admin is needed");

        let both = caller(json!({"roles": ["owner", "admin"], "auth_time": 1_000}));
        assert_eq!(Either::holds_until(&both, 1_000), u64::MAX);
        let admin = caller(json!({"role": "admin", "auth_time": 1_000}));
        let until = Either::holds_until(&admin, 1_000);
        assert!(Either::check(&admin, until - 1).is_ok());
        assert!(Either::check(&admin, until).is_err());
    }

    #[test]
    fn an_impersonator_is_not_the_user_whatever_the_claim_looks_like() {
        assert!(passes::<NotImpersonated>(json!({})));
        assert!(passes::<NotImpersonated>(json!({"act": null})));
        for odd in [json!({"sub": "support@example.com"}), json!(""), json!({})] {
            assert!(!passes::<NotImpersonated>(json!({"act": odd})), "{odd}");
        }
    }

    #[test]
    fn a_session_without_an_organization_is_in_none() {
        assert!(passes::<InOrganization>(json!({"org_id": "org_1"})));
        assert!(!passes::<InOrganization>(json!({})));
        assert!(!passes::<InOrganization>(json!({"org_id": 1})));
    }

    #[test]
    fn two_guards_want_both() {
        type Both = (HasRole<Admin>, SignedInWithin<300>);
        assert!(passes::<Both>(json!({"role": "admin", "auth_time": 1_000})));
        assert!(!passes::<Both>(json!({"role": "admin"})));
        assert!(!passes::<Both>(json!({"auth_time": 1_000})));
    }
}
