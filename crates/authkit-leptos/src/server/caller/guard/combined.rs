//! Guards made of guards: a tuple wants all of its members, [`AnyOf`] one of them.
//!
//! Asked like any other guard. Never lets a caller pass whom no member lets pass.

use super::{check::Guard, denied::Denied};
use crate::server::caller::identity::UserIdentity;
use std::marker::PhantomData;

/// A caller who passes at least one of the guards of a tuple.
///
/// A caller whom only a new sign-in keeps from passing is asked for that, whatever the others say.
///
/// ```
/// # use authkit_leptos::{server::guard::{AnyOf, Guarded, HasPermission, HasRole}, slug};
/// slug!(Admin = "admin"; ReadInvoices = "invoices:read");
/// type MayRead = AnyOf<(HasRole<Admin>, HasPermission<ReadInvoices>)>;
/// async fn invoices(_caller: Guarded<MayRead>) -> &'static str {
///     "all of them"
/// }
/// ```
pub struct AnyOf<G>(PhantomData<G>);

/// For each guard, in turn.
macro_rules! tuple {
    ($($guard:ident),+) => {
        impl<$($guard: Guard),+> Guard for ($($guard,)+) {
            fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
                $($guard::check(caller, now)?;)+
                Ok(())
            }

            fn holds_until(caller: &UserIdentity, now: u64) -> u64 {
                let until = u64::MAX;
                $(let until = until.min($guard::holds_until(caller, now));)+
                until
            }
        }

        impl<$($guard: Guard),+> Guard for AnyOf<($($guard,)+)> {
            fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied> {
                any(&[$($guard::check(caller, now)),+])
            }

            fn holds_until(caller: &UserIdentity, now: u64) -> u64 {
                let until = 0;
                $(let until = match $guard::check(caller, now) {
                    Ok(()) => until.max($guard::holds_until(caller, now)),
                    Err(_) => until,
                };)+
                until
            }
        }
    };
}

tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);

/// Passes if one does. What is said of a caller who does not pass is what they can do about it.
fn any(checked: &[Result<(), Denied>]) -> Result<(), Denied> {
    let mut needed = Vec::new();
    let mut sign_in_too_old = None;
    for check in checked {
        match check {
            Ok(()) => return Ok(()),
            Err(Denied::Forbidden(what)) => needed.push(what.as_str()),
            Err(denied) => sign_in_too_old = Some(denied.clone()),
        }
    }
    Err(sign_in_too_old.unwrap_or_else(|| Denied::Forbidden(needed.join(" or "))))
}
