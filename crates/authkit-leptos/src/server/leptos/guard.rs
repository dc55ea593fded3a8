//! Guards for server functions and views: [`require`], [`allows`] and [`<Allowed>`](Allowed). What a guard checks is in
//! `caller`.
//!
//! Works where Leptos provides the request as context.

pub use crate::server::caller::{Guarded, NotAllowed, guard::*};

use super::answer;
use crate::{
    error::AuthError,
    server::{extract, missing_layer::caller_in},
};
use axum::http::request::Parts;
use leptos::prelude::*;
use std::marker::PhantomData;

/// The caller, if they pass the guard: the first line of a server function.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::guard::{self, HasPermission, Slug}};
/// # struct Publish;
/// # impl Slug for Publish { const SLUG: &'static str = "posts:publish"; }
/// # async fn body() -> Result<(), AuthError> {
/// let author = guard::require::<HasPermission<Publish>>()?.into_identity();
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`identity`](super::identity), and [`AuthError::SignedOut`] (401), [`AuthError::Forbidden`] (403) or
/// [`AuthError::SignInTooOld`] (401).
pub fn require<G: Guard>() -> Result<Guarded<G>, AuthError> {
    check().map_err(answer::refuse)
}

/// Whether the caller of this page passes the guard. Never changes the page's status.
///
/// ```no_run
/// # use authkit_leptos::server::guard::{self, HasRole, Slug};
/// # struct Admin;
/// # impl Slug for Admin { const SLUG: &'static str = "admin"; }
/// # fn page() {
/// let title = match guard::allows::<HasRole<Admin>>() {
///     true => "All invoices",
///     false => "Your invoices",
/// };
/// # }
/// ```
#[must_use]
pub fn allows<G: Guard>() -> bool {
    check::<G>().is_ok()
}

/// Outside of the context, which is locked while it is read: a guard of the app may ask for another one.
fn check<G: Guard>() -> Result<Guarded<G>, NotAllowed> {
    let found = with_context(|parts: &Parts| (caller_in(parts).cloned(), extract::now(parts)));
    let (caller, now) = found.unwrap_or_default();
    Guarded::check(caller.as_ref(), now)
}

/// Shows its children, rendered on the server, to callers who pass the guard, and `fallback` to all others.
///
/// Decides only what is shown: server functions need guards of their own.
///
/// ```
/// # use authkit_leptos::server::guard::{Allowed, HasRole, Slug};
/// # use leptos::prelude::*;
/// # struct Admin;
/// # impl Slug for Admin { const SLUG: &'static str = "admin"; }
/// type Admins = HasRole<Admin>;
/// # fn page() -> impl IntoView {
/// view! {
///     <Allowed<Admins>>
///         <a href="/admin">"Administration"</a>
///     </Allowed<Admins>>
/// }
/// # }
/// ```
#[component]
pub fn Allowed<G: Guard>(
    /// Carries the type.
    #[prop(optional)]
    #[expect(unused_variables, reason = "it is there for its type")]
    guard: PhantomData<G>,
    /// Shown to callers who pass.
    children: Children,
    /// Shown to all others.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    match allows::<G>() {
        true => leptos::either::Either::Left(children()),
        false => leptos::either::Either::Right(fallback.run()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Caller, UserIdentity};
    use serde_json::{Value, json};

    struct Admin;
    impl Slug for Admin {
        const SLUG: &'static str = "admin";
    }

    fn program(claims: Value) -> Caller {
        let mut all = json!({"iss": "https://i", "sub": "s"});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let mut identity: UserIdentity = serde_json::from_value(all).unwrap();
        identity.is_authkit = true;
        Caller::Program(identity.into(), "token".into())
    }

    #[test]
    fn a_view_shows_what_its_guard_allows_and_nothing_where_nobody_is_known() {
        type Admins = HasRole<Admin>;
        let shown = |caller: Option<Caller>| {
            let (mut parts, ()) = http::Request::new(()).into_parts();
            parts.extensions.extend(
                caller
                    .map(|caller| {
                        let mut extensions = http::Extensions::new();
                        extensions.insert(caller);
                        extensions
                    })
                    .unwrap_or_default(),
            );
            Owner::new().with(|| {
                provide_context(parts);
                let view = view! {
                    <Allowed<Admins> fallback=|| "no">"yes"</Allowed<Admins>>
                };
                view.to_html()
            })
        };
        let known = |claims| Some(program(claims));
        assert_eq!(shown(known(json!({"role": "admin"}))), "yes");
        assert_eq!(shown(known(json!({}))), "no");
        assert_eq!(shown(Some(Caller::Nobody { ended: None })), "no");
        assert_eq!(shown(None), "no");
    }
}
