//! Who is asking, for server functions and pages: reads the [`Caller`] that the layer has put into the request.
//!
//! Works where Leptos provides the request as context. Never writes a cookie.

use super::answer;
use crate::{
    access_token::AccessToken,
    auth::{AuthState, Identity},
    error::AuthError,
    membership::Membership,
    paths::{self, ReturnTo},
    server::{
        authkit::AuthKit,
        caller::{Caller, NotAllowed, SessionCaller, UserIdentity},
        extract::claims_of,
        flow::{self, Lent},
        missing_layer::caller_in,
        sign_in_failed::SignInFailed,
        sign_in_notice::SignInNotice,
        token::Claims,
    },
};
use axum::http::request::Parts;
use http::StatusCode;
use leptos::prelude::{use_context, with_context};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tracing::Instrument;

/// The state for this request; signed out where there is no request, as when Leptos collects the
/// routes at start.
///
/// ```
/// # use authkit_leptos::{AuthState, server::auth_state};
/// # fn page() {
/// let greeting = match auth_state() {
///     AuthState::SignedIn(identity) => format!("Hello, {}", identity.user.display_name()),
///     AuthState::SignedOut => "Hello, stranger".to_owned(),
///     AuthState::Unavailable(_) => "One moment, please".to_owned(),
/// };
/// # }
/// ```
#[must_use]
pub fn auth_state() -> AuthState {
    caller().map_or(AuthState::SignedOut, |caller| caller.state())
}

/// All claims of the session's verified access token, for pages that show or check more than the identity.
///
/// ```
/// # use authkit_leptos::server::verified_claims;
/// fn department() -> Option<String> {
///     let claims = verified_claims()?;
///     Some(claims.all().get("department")?.as_str()?.to_owned())
/// }
/// ```
#[must_use]
pub fn verified_claims() -> Option<Arc<Claims>> {
    Some(Arc::clone(&caller()?.session()?.claims))
}

/// The caller's claims, by cookie or by bearer token of this app's AuthKit, as a type of the app's.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::claims};
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     #[serde(rename = "urn:myapp:tenant")]
///     tenant: String,
/// }
/// # async fn body() -> Result<(), AuthError> {
/// let tenant = claims::<Tenant>()?.tenant;
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`identity`], and [`AuthError::SignedOut`] (401), [`AuthError::Forbidden`] (403) for another provider's token, and
/// [`AuthError::Internal`] (500) when a claim is missing or of another type: the log names it (`claim_mismatch`).
pub fn claims<T: DeserializeOwned>() -> Result<T, AuthError> {
    let caller = caller().ok_or_else(|| answer::refuse(NotAllowed::NoLayer))?;
    claims_of(&caller).map_err(answer::refuse)
}

/// The verified access token, for calling another service on the user's behalf.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::access_token};
/// # async fn body(client: reqwest::Client) -> Result<(), AuthError> {
/// let token = access_token()?.token;
/// let request = client.get("https://api.example.com/invoices").bearer_auth(token);
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`require_user`].
pub fn access_token() -> Result<AccessToken, AuthError> {
    let (caller, authkit) = (session()?, extension::<AuthKit>());
    let now = authkit.ok_or(AuthError::Internal)?.now();
    Ok(caller.access_token(now))
}

/// The user signed in in this browser, as the first line of a server function that needs one.
///
/// For callers with a bearer token too, use [`identity`](super::identity) or a [`guard`](super::guard).
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::require_user};
/// # async fn body() -> Result<(), AuthError> {
/// let user = require_user()?.user;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`AuthError::SignedOut`] (HTTP 401), or [`AuthError::Unavailable`] (503) when there is a session
/// that can't be checked now. For a request that brought a token: why it is not accepted, as
/// [`identity`](super::identity) says it, or [`AuthError::Forbidden`] (403) if it is. The status is set
/// on the answer.
pub fn require_user() -> Result<Identity, AuthError> {
    session().map(|caller| caller.signed_in.clone())
}

fn session() -> Result<Arc<SessionCaller>, AuthError> {
    let not_allowed = match caller() {
        Some(Caller::Session(caller)) => return Ok(caller),
        Some(caller) => NotAllowed::without_session(&caller),
        None => NotAllowed::NoLayer,
    };
    Err(answer::refuse(not_allowed))
}

/// The caller's identity, by cookie or by bearer token; `None` for a request without credentials.
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
/// When the credentials are refused ([`AuthError::TokenRefused`], 401, or [`AuthError::BadRequest`], 400) or cannot be
/// checked ([`AuthError::Unavailable`], 503). Status and `WWW-Authenticate` are set on the answer.
pub fn identity() -> Result<Option<UserIdentity>, AuthError> {
    let Some(caller) = caller() else {
        return Ok(None);
    };
    match caller.identity() {
        Ok(identity) => Ok(identity.cloned()),
        Err(error) => Err(answer::refuse(error.into())),
    }
}

/// The organizations the signed-in user belongs to, asked of WorkOS.
///
/// Reads the request at once; the future may be awaited anywhere.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::memberships};
/// # async fn body() -> Result<(), AuthError> {
/// for membership in memberships().await? {
///     println!("{}: {}", membership.organization_name, membership.role);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`require_user`], and [`AuthError::Unavailable`] when WorkOS does not answer.
pub fn memberships() -> impl Future<Output = Result<Vec<Membership>, AuthError>> + Send + 'static {
    let user = require_user();
    let authkit = extension::<AuthKit>();
    let listed = async move {
        let user = user?.user;
        let authkit = authkit.ok_or(AuthError::Internal)?;
        let listed = authkit.memberships(&user.id).await;
        listed.map_err(|failure| {
            tracing::warn!(reason = failure.code(), "organizations could not be listed");
            AuthError::Unavailable
        })
    };
    // Whoever polls it: what the log has of it is the request's.
    listed.in_current_span()
}

/// The [`AuthKit`] of this app, for what only it can do.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::{authkit, require_user}};
/// # async fn body() -> Result<(), AuthError> {
/// let session = require_user()?.session_id;
/// let ended = authkit()?.revoke_session(&session).await;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`AuthError::Internal`] (500) where Leptos provides no request, or one without the layer.
pub fn authkit() -> Result<AuthKit, AuthError> {
    extension().ok_or_else(|| answer::refuse(NotAllowed::NoLayer))
}

/// The signed-in user, for a page only they may see.
///
/// Signed out: the browser is sent to sign in and comes back to this page; `Err(SignedOut)`.
/// Unavailable: the page is answered with 503 and must say so; `Err(Unavailable)`.
/// A program with a token: led nowhere; `Err` as for [`require_user`].
///
/// ```
/// # use authkit_leptos::{Refused, server::page_user};
/// # use leptos::prelude::*;
/// #[component]
/// fn Account() -> impl IntoView {
///     match page_user() {
///         Ok(identity) => view! { <h1>{identity.user.display_name()}</h1> }.into_any(),
///         Err(error) => view! { <Refused error/> }.into_any(),
///     }
/// }
/// ```
///
/// # Errors
/// As above. Call it before the page starts to stream, in the route's own component.
pub fn page_user() -> Result<Identity, AuthError> {
    let error = match auth_state() {
        AuthState::SignedIn(identity) => return Ok(identity),
        // A program is not led anywhere.
        AuthState::SignedOut if caller().is_some_and(|caller| caller.is_bearer()) => {
            return require_user();
        }
        AuthState::SignedOut => {
            let here = with_context::<Parts, _>(|parts| {
                parts.uri.path_and_query().map(ToString::to_string)
            });
            let here = here.flatten();
            answer::redirect(&ReturnTo::or_home(here.as_deref()).on(paths::SIGN_IN));
            AuthError::SignedOut
        }
        AuthState::Unavailable(_) => {
            answer::set_status(StatusCode::SERVICE_UNAVAILABLE);
            AuthError::Unavailable
        }
    };
    Err(error)
}

/// A new access token for the session of this request, however old the present one is: with the rights, the organization and
/// the user as WorkOS has them now. The rest of the request goes by it: [`auth_state`], [`require_user`], the guards. With an
/// organization, the session moves there.
///
/// Of calls for one session within five seconds one asks WorkOS, and the others get what it got. Call it before the answer
/// begins to be sent, in a server function for instance: it sets a cookie.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::refresh_session};
/// # use leptos::prelude::*;
/// # async fn buy() -> Result<(), AuthError> { Ok(()) }
/// #[server]
/// async fn upgrade() -> Result<bool, AuthError> {
///     buy().await?;
///     let me = refresh_session(None).await?;
///     Ok(me.permissions.iter().any(|it| it == "reports:read"))
/// }
/// ```
///
/// # Errors
/// As [`require_user`]. [`AuthError::Unavailable`] when WorkOS does not answer: the session is as it was.
/// [`AuthError::Forbidden`] when the user is not a member of the organization, or it asks for more than this session has (the
/// form that switches leads to that); [`AuthError::BadRequest`] for what is no organization's id.
pub async fn refresh_session(organization_id: Option<&str>) -> Result<Identity, AuthError> {
    let organization_id = organization_id.map(str::to_owned);
    answer::take(|exchange| flow::refresh_session(exchange, organization_id)).await
}

/// Why a sign-in failed, for the app's own page about it. Sets the page's status.
///
/// ```
/// # use authkit_leptos::server::sign_in_failed;
/// # use leptos::prelude::*;
/// #[component]
/// fn SignInFailed() -> impl IntoView {
///     let failed = sign_in_failed();
///     view! {
///         <h1>{failed.title}</h1>
///         <p>{failed.text}</p>
///         <a href=failed.try_again rel="external">{failed.try_again_says}</a>
///     }
/// }
/// ```
#[must_use]
pub fn sign_in_failed() -> SignInFailed {
    let request = use_context::<Parts>();
    // The request that Leptos makes up to collect the routes has none.
    let request = request.unwrap_or_else(|| axum::http::Request::new(()).into_parts().0);
    let failed = SignInFailed::of(&request.uri, &request.extensions);
    answer::set_status(failed.status());
    failed
}

/// What happened at the sign-in that led to this page, for the page to say it, once. `None` for who is not signed in.
///
/// Call it before the page begins to be sent: the cookie that it is in goes with the answer.
///
/// ```
/// # use authkit_leptos::server::sign_in_notice;
/// # use leptos::prelude::*;
/// #[component]
/// fn Notice() -> impl IntoView {
///     sign_in_notice().map(|notice| view! { <p role="status">{notice.sentence()}</p> })
/// }
/// ```
#[must_use]
pub fn sign_in_notice() -> Option<SignInNotice> {
    with_context(|request: &Parts| {
        caller_in(request)?.session()?;
        let Lent { flow, cookies } = request.extensions.get()?;
        flow.sign_in_notices.take(cookies)
    })?
}

/// The caller of this request; `None` where there is no request or no layer.
pub(super) fn caller() -> Option<Caller> {
    with_context(|request| caller_in(request).cloned())?
}

/// Something the layer put into the request.
pub(super) fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    with_context::<Parts, _>(|request| request.extensions.get::<T>().cloned())?
}
