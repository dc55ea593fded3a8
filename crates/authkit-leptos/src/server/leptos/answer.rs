//! How pages and server functions answer: redirects, statuses and challenges, by Leptos' `ResponseOptions`.
//!
//! Used by pages, by guards, and by the server functions of the login. Only ever touches the answer to the request at
//! hand.

use crate::{
    error::AuthError,
    paths::{ReturnTo, to_sign_in_again},
    server::{
        authkit::AuthKit,
        caller::{Caller, NotAllowed, not_allowed::retry_after_value},
        extract,
        flow::{Answer, Exchange, Refusal},
        negotiation::{self, is_script_call, reads_html, redirect_status},
        referer::own_path,
        sign_in_notice::SignInNotice,
    },
};
use axum::http::request::Parts;
use http::{
    HeaderValue, StatusCode,
    header::{LOCATION, RETRY_AFTER},
};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;
use std::sync::Arc;

/// The request at hand and its answer, as Leptos provides them.
struct Call {
    request: Arc<Parts>,
    response: ResponseOptions,
}

impl Call {
    /// `None` where there is no request, which is a mistake of the program, and logged as such.
    fn at_hand() -> Option<Self> {
        let found = use_context::<Parts>().zip(use_context::<ResponseOptions>());
        let Some((request, response)) = found else {
            tracing::error!(
                reason = "no_request",
                "Leptos provides no request here: redirects and statuses are for pages and server functions, before \
                 their first await"
            );
            return None;
        };
        Some(Self {
            request: Arc::new(request),
            response,
        })
    }

    fn caller(&self) -> Option<&Caller> {
        self.request.extensions.get()
    }

    fn is_plain_form(&self) -> bool {
        let is_form = !is_script_call(&self.request.headers, self.caller());
        is_form && reads_html(&self.request.headers) && !self.request.method.is_safe()
    }

    fn lead_to_sign_in_again(&self, max_age: u64) {
        let authkit = self.request.extensions.get::<AuthKit>();
        let page = authkit.and_then(|it| own_path(&self.request.headers, it.origin()));
        let page = SignInNotice::FormNotSent.on(&ReturnTo::or_home(page.as_deref()));
        self.lead_to(&to_sign_in_again(&page, max_age));
    }

    fn lead_to(&self, target: &str) {
        if is_script_call(&self.request.headers, self.caller()) {
            let safe = HeaderValue::from_str(target).is_ok();
            return leptos_axum::redirect(if safe { target } else { "/" });
        }
        let location = negotiation::location(target);
        self.response.insert_header(LOCATION, location);
        let status = redirect_status(&self.request.method);
        self.response.set_status(status);
    }

    fn set_status(&self, status: StatusCode) {
        self.response.set_status(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let retry_after = self.caller().and_then(Caller::retry_after);
            let retry_after = retry_after_value(retry_after);
            self.response.insert_header(RETRY_AFTER, retry_after);
        }
    }

    /// Not for a plain form, which Leptos sends back to its page with the error, and not for a function that a page
    /// calls while it is rendered, which has a status of its own.
    fn set_error_status(&self, error: &AuthError) {
        if reads_html(&self.request.headers) {
            return;
        }
        self.set_status(error.status_code());
    }

    async fn take<T, F>(&self, step: impl FnOnce(Exchange) -> F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<Answer<T>, Refusal>>,
    {
        let exchange = Exchange::of(&self.request)?;
        let Answer { value, leads_to } = step(exchange).await?;
        if let Some(target) = leads_to {
            self.lead_to(&target);
        }
        Ok(value)
    }

    fn refuse(&self, refusal: Refusal) -> AuthError {
        self.set_error_status(&refusal.error);
        for (name, value) in &refusal.headers {
            self.response.insert_header(name.clone(), value.clone());
        }
        refusal.error
    }
}

/// Sends the browser elsewhere: by 302 after a GET and 303 after a POST (RFC 9110 §15.4), or, when
/// a script of ours made the call, by telling the script.
///
/// A target that can't be a header value is replaced by the home page. Where Leptos provides no request, nothing is
/// sent anywhere, and the log says so.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::{redirect, require_user}};
/// # use leptos::prelude::*;
/// #[server]
/// async fn publish(title: String) -> Result<(), AuthError> {
///     require_user()?;
///     redirect("/posts");
///     Ok(())
/// }
/// ```
pub fn redirect(target: &str) {
    if let Some(call) = Call::at_hand() {
        call.lead_to(target);
    }
}

/// Sets the status of a page or, in a server function that a browser called, of its answer. Where Leptos provides no
/// request, the log says so.
///
/// ```no_run
/// # use authkit_leptos::server::set_status;
/// # use leptos::prelude::*;
/// #[component]
/// fn NotFound() -> impl IntoView {
///     set_status(http::StatusCode::NOT_FOUND);
///     "There is nothing here."
/// }
/// ```
pub fn set_status(status: StatusCode) {
    if let Some(call) = Call::at_hand() {
        call.set_status(status);
    }
}

/// Whether the request at hand is a plain form or link, which is led somewhere, not told.
///
/// ```no_run
/// # use authkit_leptos::server::{is_form, redirect};
/// # fn function() {
/// if is_form() {
///     redirect("/posts");
/// }
/// # }
/// ```
#[must_use]
pub fn is_form() -> bool {
    let is_form = |request: &Parts| !is_script_call(&request.headers, request.extensions.get());
    with_context(is_form).unwrap_or_default()
}

/// Sets the status and challenge of a refusal on the answer, and gives the error to return. Leads a plain form whose sender
/// has to sign in again to do that, and back to its page: the form is not sent again.
pub(super) fn refuse(not_allowed: NotAllowed) -> AuthError {
    let error = AuthError::from(&not_allowed);
    let Some(call) = Call::at_hand() else {
        return error;
    };
    let not_allowed = extract::refused(not_allowed, &call.request);
    if let AuthError::SignInTooOld { max_age } = error
        && call.is_plain_form()
    {
        call.lead_to_sign_in_again(max_age);
    }
    call.refuse(not_allowed.into())
}

/// Takes a step of the login: the door of the server functions, for which Leptos makes the response.
///
/// # Errors
/// As the step, with status and headers set on the answer.
pub(crate) async fn take<T, F>(step: impl FnOnce(Exchange) -> F) -> Result<T, AuthError>
where
    F: Future<Output = Result<Answer<T>, Refusal>>,
{
    let call = Call::at_hand().ok_or(AuthError::Internal)?;
    call.take(step)
        .await
        .map_err(|refusal| call.refuse(refusal))
}

/// The same for a step that only scripts take: a form is refused by the status, as no page of it could show the answer.
///
/// # Errors
/// As the step, with status and headers set on the answer.
pub(crate) async fn take_by_script<T, F>(step: impl FnOnce(Exchange) -> F) -> Result<T, AuthError>
where
    F: Future<Output = Result<Answer<T>, Refusal>>,
{
    let call = Call::at_hand().ok_or(AuthError::Internal)?;
    call.take(step).await.map_err(|refusal| {
        let error = call.refuse(refusal);
        call.set_status(error.status_code());
        error
    })
}
