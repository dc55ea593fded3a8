//! Guards: what a caller has to be, as types, for server functions, axum routes and views.
//!
//! Each says no when it does not know: a claim that is missing or of another type is never taken for a
//! yes. Roles, permissions and flags are AuthKit's; another provider's claims of that name don't count.

use super::{
    answer::{self, retry_after_value},
    auth::Auth,
    bearer::challenge,
    changes::Said,
    core::clock::Clock,
    identity::{IdentityError, UserIdentity},
    request,
    token::verifier::LEEWAY,
};
use crate::AuthError;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use leptos::prelude::*;
use std::{fmt, marker::PhantomData, ops::Deref};

/// What a caller has to be.
pub trait Guard: Send + Sync + 'static {
    /// Lets `caller` pass, or says what is missing. `now` is in seconds since the epoch.
    ///
    /// # Errors
    /// [`Denied`].
    fn check(caller: &UserIdentity, now: u64) -> Result<(), Denied>;

    /// Until when a caller who passes now does so with the same token, in seconds since the epoch; [`u64::MAX`]
    /// where the guard does not look at the time. What outlives a request, such as the stream of a page that
    /// follows a live query, asks again then.
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

/// Somebody whose token any of the providers vouches for: a person, or a service.
pub struct Identified;
/// A user of this app's own AuthKit.
pub struct AuthKitUser;
/// Has the role in the organization of the session (`role`, `roles`).
pub struct HasRole<R>(PhantomData<R>);
/// Has the permission in the organization of the session (`permissions`).
pub struct HasPermission<P>(PhantomData<P>);
/// Has the feature flag switched on (`feature_flags`).
pub struct HasFeatureFlag<F>(PhantomData<F>);
/// Has signed in within the last so many seconds (`auth_time`, OpenID Connect Core §2). Renewing a
/// session does not count. Without `auth_time`, or with one in the future, nobody passes.
pub struct SignedInWithin<const SECONDS: u64>;

/// Why somebody known may not pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They lack something: 403 (RFC 6750 §3.1, `insufficient_scope`).
    #[error("{0} is needed")]
    Forbidden(String),
    /// They signed in too long ago: 401 (RFC 9470).
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
        // As long as `check` lets them pass, and that second is over.
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
    /// Whether this caller passes another guard: what they may do beyond what they were let in for.
    ///
    /// Guards that look at the time ([`SignedInWithin`]) take it from the system's clock.
    #[must_use]
    pub fn passes<G: Guard>(&self) -> bool {
        G::check(self, Clock::default().now()).is_ok()
    }
}

/// A caller who passed the guard: an extractor for axum handlers, and what [`require`] gives.
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

impl<G> Guarded<G> {
    /// Who passed.
    #[must_use]
    pub fn into_identity(self) -> UserIdentity {
        self.identity
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

/// Why a request does not pass, and how that is said in HTTP.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotAllowed {
    /// Nobody says who they are: 401.
    #[error("Sign in to continue.")]
    Anonymous,
    /// Somebody does, and it is not true or can't be checked: 400, 401 or 503.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// They are known, and may not: 403, or 401 when they only have to sign in again.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A mistake in the router: 500.
    #[error("AuthLayer is missing: put AuthKit::layer() around this route")]
    NoLayer,
}

impl NotAllowed {
    /// What is in the way of a request that has no signed-in user, where only a browser's session will
    /// do.
    pub(super) fn without_session(auth: &Auth) -> Self {
        match auth.identity() {
            Err(error) => error.into(),
            Ok(Some(_)) => Denied::Forbidden("a browser's session".to_owned()).into(),
            Ok(None) => Self::Anonymous,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Anonymous | Self::Denied(Denied::SignInTooOld { .. }) => StatusCode::UNAUTHORIZED,
            Self::Identity(IdentityError::Bearer(error)) => error.status(),
            Self::Identity(IdentityError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Denied(Denied::Forbidden(_)) => StatusCode::FORBIDDEN,
            Self::NoLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a 401, 400 or 403 says in `WWW-Authenticate`.
    fn challenge(&self) -> Option<HeaderValue> {
        match self {
            // RFC 6750 §3.1: no error for a request that brought nothing.
            Self::Anonymous => Some(HeaderValue::from_static("Bearer")),
            Self::Identity(IdentityError::Bearer(error)) if !error.is_unavailable() => {
                Some(error.challenge())
            }
            Self::Denied(denied @ Denied::Forbidden(_)) => {
                Some(challenge("insufficient_scope", &denied.to_string(), ""))
            }
            Self::Denied(denied @ Denied::SignInTooOld { max_age }) => Some(challenge(
                "insufficient_user_authentication",
                &denied.to_string(),
                &format!(", max_age=\"{max_age}\""),
            )),
            Self::Identity(_) | Self::NoLayer => None,
        }
    }
}

impl From<&NotAllowed> for AuthError {
    fn from(error: &NotAllowed) -> Self {
        match error {
            NotAllowed::Anonymous => Self::SignedOut,
            NotAllowed::Identity(IdentityError::Unavailable { .. }) => Self::Unavailable,
            NotAllowed::Identity(IdentityError::Bearer(error)) => match error.status() {
                StatusCode::BAD_REQUEST => Self::BadRequest,
                StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
                _ => Self::TokenRefused,
            },
            NotAllowed::Denied(Denied::Forbidden(_)) => Self::Forbidden,
            NotAllowed::Denied(Denied::SignInTooOld { .. }) => Self::SignInTooOld,
            NotAllowed::NoLayer => Self::Internal,
        }
    }
}

/// Body and challenge are fixed sentences and reason codes: which providers there are, and what each of them
/// says, is for the log.
impl IntoResponse for NotAllowed {
    fn into_response(self) -> Response {
        if matches!(self, Self::NoLayer) {
            tracing::error!(reason = "layer_missing", "{self}");
        }
        let sentence = AuthError::from(&self).to_string();
        let mut response = (self.status(), sentence).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let wait = match &self {
                Self::Identity(IdentityError::Unavailable { retry_after }) => *retry_after,
                _ => None,
            };
            headers.insert(RETRY_AFTER, retry_after_value(wait));
        }
        response
    }
}

fn pass<G: Guard>(auth: Option<&Auth>, now: u64) -> Result<Guarded<G>, NotAllowed> {
    let identity = auth.ok_or(NotAllowed::NoLayer)?.identity()?;
    let identity = identity.ok_or(NotAllowed::Anonymous)?;
    G::check(&identity, now)?;
    Ok(Guarded {
        identity,
        guard: PhantomData,
    })
}

impl<S: Sync, G: Guard> FromRequestParts<S> for Guarded<G> {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        pass(parts.extensions.get(), request::now(parts))
    }
}

/// Who is calling, by cookie or by token; `None` when nobody says who they are.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::identity};
/// # async fn body() -> Result<(), AuthError> {
/// let greeting = match identity()? {
///     Some(caller) => format!("Hello, {}", caller.name.unwrap_or(caller.subject)),
///     None => "Hello, stranger".to_owned(),
/// };
/// # Ok(()) }
/// ```
///
/// # Errors
/// When somebody does, and it is not true ([`AuthError::TokenRefused`], 401, or
/// [`AuthError::BadRequest`], 400) or can't be checked ([`AuthError::Unavailable`], 503). Status and
/// `WWW-Authenticate` are set on the answer.
pub fn identity() -> Result<Option<UserIdentity>, AuthError> {
    let Some(auth) = request::auth() else {
        return Ok(None);
    };
    auth.identity()
        .map_err(|error| refuse(&NotAllowed::from(error)))
}

/// A caller who passes the guard, as the first line of a server function.
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
/// As [`identity`](fn@identity), and [`AuthError::SignedOut`] (401), [`AuthError::Forbidden`] (403) or
/// [`AuthError::SignInTooOld`] (401).
pub fn require<G: Guard>() -> Result<Guarded<G>, AuthError> {
    let parts = use_context::<Parts>();
    let now = parts.as_ref().map_or(0, request::now);
    let auth = parts.as_ref().and_then(request::found_in);
    pass(auth, now).map_err(|error| refuse(&error))
}

/// Whether the caller of this page passes the guard. Answers only; never changes the page's status.
#[must_use]
pub fn allows<G: Guard>() -> bool {
    let parts = use_context::<Parts>();
    parts.is_some_and(|parts| pass::<G>(request::found_in(&parts), request::now(&parts)).is_ok())
}

/// Lets nobody pass who brings a token of their own, be it accepted or not: for what only a browser can
/// go on with.
pub(super) fn browsers_only() -> Result<(), AuthError> {
    match request::auth() {
        Some(auth) if auth.bearer.is_some() => Err(refuse(&NotAllowed::without_session(&auth))),
        _ => Ok(()),
    }
}

/// Says on the answer what is in the way, and gives the error to return.
pub(super) fn refuse(error: &NotAllowed) -> AuthError {
    let for_callers = AuthError::from(error);
    answer::set_error_status(&for_callers);
    if let Some(challenge) = error.challenge() {
        answer::set_challenge(challenge);
    }
    for_callers
}

/// Shows its children, made on the server, to callers who pass the guard, and `fallback` to all others.
///
/// It decides what is shown; server functions guard themselves.
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
    /// What they see.
    children: Children,
    /// What all others see.
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
    fn a_view_shows_what_its_guard_allows_and_nothing_where_nobody_is_known() {
        type Admins = HasRole<Admin>;
        let shown = |auth: Option<Auth>| {
            let (mut parts, ()) = http::Request::new(()).into_parts();
            parts.extensions.extend(
                auth.map(|auth| {
                    let mut extensions = http::Extensions::new();
                    extensions.insert(auth);
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
        let known = |claims| Some(Auth::of_bearer(Ok(caller(claims).into()), None, None));
        assert_eq!(shown(known(json!({"role": "admin"}))), "yes");
        assert_eq!(shown(known(json!({}))), "no");
        assert_eq!(shown(Some(Auth::signed_out(None))), "no");
        assert_eq!(shown(None), "no");
    }

    #[test]
    fn two_guards_want_both() {
        type Both = (HasRole<Admin>, SignedInWithin<300>);
        assert!(passes::<Both>(json!({"role": "admin", "auth_time": 1_000})));
        assert!(!passes::<Both>(json!({"role": "admin"})));
        assert!(!passes::<Both>(json!({"auth_time": 1_000})));
    }
}
