//! Guards: what a caller has to be, as types, for server functions, axum routes and views.
//!
//! A guard refuses when it does not know: a claim that is missing or of another type lets no caller pass. Roles,
//! permissions and flags are AuthKit's; another provider's claims of those names do not count.

mod check;
mod combined;
mod denied;
mod person;
mod rights;

pub use check::{Guard, Slug};
pub use combined::AnyOf;
pub use denied::Denied;
#[cfg(feature = "leptos")]
pub(in crate::server) use person::signed_in_within;
pub use person::{AuthKitUser, Identified, NotImpersonated, SignedInWithin};
pub use rights::{
    HasEntitlement, HasFeatureFlag, HasPermission, HasRole, InOrganization, WantsOrganization,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::caller::identity::UserIdentity;
    use crate::slug;
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
        assert!(passes::<HasEntitlement<Admin>>(
            json!({"entitlements": ["a", "admin"]})
        ));
        assert!(!passes::<HasEntitlement<Admin>>(
            json!({"entitlements": "admin", "permissions": ["admin"]})
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
            "role": "admin", "permissions": ["admin"], "entitlements": ["admin"],
            "feature_flags": ["admin"], "org_id": "org_1",
        }));
        stranger.is_authkit = false;
        assert!(HasRole::<Admin>::check(&stranger, 0).is_err());
        assert!(HasPermission::<Admin>::check(&stranger, 0).is_err());
        assert!(HasEntitlement::<Admin>::check(&stranger, 0).is_err());
        assert!(HasFeatureFlag::<Admin>::check(&stranger, 0).is_err());
        assert!(InOrganization::check(&stranger, 0).is_err());
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
