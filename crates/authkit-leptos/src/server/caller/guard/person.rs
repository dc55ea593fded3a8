//! Guards that ask who the caller is, and how they came to be: [`AuthKitUser`], [`SignedInWithin`], [`NotImpersonated`].
//!
//! Close on doubt: a claim of another type lets no caller pass.

use super::{check::Guard, denied::Denied};
use crate::{recent_auth::RecentAuth, server::caller::identity::UserIdentity};

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

/// A caller who is who they say they are: nobody of your team has signed in as the user (`act`, RFC 8693 §4.1).
///
/// ```
/// # use authkit_leptos::server::guard::{AuthKitUser, Guarded, NotImpersonated};
/// async fn change_password(caller: Guarded<(AuthKitUser, NotImpersonated)>) -> String {
///     format!("a mail is on its way to {}", caller.subject)
/// }
/// ```
pub struct NotImpersonated;

impl Guard for Identified {
    fn check(_: &UserIdentity, _: u64) -> Result<(), Denied> {
        Ok(())
    }
}

impl Guard for AuthKitUser {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        Denied::unless(caller.is_authkit, || "a user of this app".to_owned())
    }
}

impl<const SECONDS: u64> Guard for SignedInWithin<SECONDS> {
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
        signed_in_within(caller, SECONDS, now)
    }

    fn holds_until(caller: &UserIdentity, _: u64) -> u64 {
        // The first second in which `check` refuses.
        caller
            .authenticated_at()
            .map_or(0, |at| at.saturating_add(SECONDS).saturating_add(1))
    }
}

/// Whether the caller has signed in within the last `max_age` seconds.
pub fn signed_in_within(caller: &UserIdentity, max_age: u64, now: u64) -> Result<(), Denied> {
    match RecentAuth::of(caller.authenticated_at(), max_age, now).is_stale {
        false => Ok(()),
        true => Err(Denied::SignInTooOld { max_age }),
    }
}

impl Guard for NotImpersonated {
    fn check(caller: &UserIdentity, _: u64) -> Result<(), Denied> {
        let is_self = caller.claim("act").is_none_or(serde_json::Value::is_null);
        Denied::unless(is_self, || "the user’s own sign-in".to_owned())
    }
}
