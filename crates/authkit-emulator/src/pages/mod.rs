//! The emulator's pages: HTML forms that work without JavaScript, in the look of the template with a striped
//! "Development" edge. Each page owns its view model. Callers: the handlers, which stand above; no page may import one.
//! [`Page`] sets the security headers of every page; none may contain a script or an inline style.

pub mod address;
mod avatar;
mod card;
mod field;
pub mod home;
pub mod impersonation;
mod layout;
pub mod refusal;
pub mod sign_in;
pub mod sign_up;
pub mod signed_out;
pub mod step_up;
pub mod view;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;
use std::borrow::Cow;

/// The stylesheet. A development build reads the file on each request, if it is still there, so that an edit needs no
/// build.
pub fn stylesheet() -> Cow<'static, str> {
    let edited = concat!(env!("CARGO_MANIFEST_DIR"), "/style.css");
    if cfg!(debug_assertions)
        && let Ok(edited) = std::fs::read_to_string(edited)
    {
        return edited.into();
    }
    include_str!("../../style.css").into()
}

/// The icon.
pub const ICON: &str = include_str!("../../icon.svg");

/// A page and its headers.
pub struct Page {
    pub status: StatusCode,
    pub title: &'static str,
    pub main: Markup,
    /// Source outside the emulator that a form may lead to, for the Content-Security-Policy.
    pub form_target: Option<String>,
}

/// A problem of a form, shown at its field.
pub struct Problem {
    /// The field's name.
    pub field: &'static str,
    pub message: String,
}

impl Problem {
    /// A problem of one field.
    pub fn at(field: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            field,
            message: message.into(),
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        // Browsers also apply form-action to the redirect that answers the form.
        let form_target = self
            .form_target
            .map(|target| format!(" {target}"))
            .unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; \
             form-action 'self'{form_target}; base-uri 'none'; frame-ancestors 'none'"
        );
        // The target is the serialisation of a URL's origin, which is always a valid header.
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
        let fixed = |value| HeaderValue::from_static(value);
        let headers: [(HeaderName, HeaderValue); 5] = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            // Not no-referrer: with it, browsers send forms with the origin “null”.
            (header::REFERRER_POLICY, fixed("same-origin")),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
        ];
        let html = layout::document(self.title, &self.main).into_string();
        (self.status, headers, Html(html)).into_response()
    }
}
