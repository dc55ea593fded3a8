//! The way back to the app: its registered redirect URI with a code or an error, and the state exactly
//! as it was given (RFC 6749 §4.1.2 and §4.1.2.1). Callers: authorize, the pages, control.
//! A [`Callback`] is only made for a registered URI, so nothing else can be redirected to.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::context::Context;

/// Where one authorization request is answered.
#[derive(Debug, Clone)]
pub struct Callback {
    uri: Url,
    registered_as: String,
    state: Option<String>,
}

impl Callback {
    /// The callback at a registered redirect URI; `None` for any other.
    pub fn registered(context: &Context, uri: &str, state: Option<String>) -> Option<Callback> {
        let registered = context.redirect_uris.contains(uri);
        let parsed = Url::parse(uri).ok().filter(|_| registered)?;
        Some(Callback {
            uri: parsed,
            registered_as: uri.to_owned(),
            state,
        })
    }

    /// The redirect URI as registered, character by character.
    pub fn registered_as(&self) -> &str {
        &self.registered_as
    }

    /// The address with a code. A fault may make it lose its state.
    pub fn with_code(&self, context: &Context, code: &str) -> Url {
        let state = self
            .state
            .as_deref()
            .filter(|_| !context.faults.take_drop_state());
        self.with(&[("code", Some(code)), ("state", state)])
    }

    /// The address with an error.
    pub fn with_error(&self, error: &str, description: &str) -> Url {
        self.with(&[
            ("error", Some(error)),
            ("error_description", Some(description)),
            ("state", self.state.as_deref()),
        ])
    }

    /// The app's name for people: its host and port.
    pub fn app(&self) -> &str {
        // A web address has an authority; an app's own scheme is named by the scheme.
        if self.uri.has_host() {
            self.uri.authority()
        } else {
            self.uri.scheme()
        }
    }

    /// What a Content-Security-Policy must allow a form to end up at.
    pub fn form_target(&self) -> String {
        match self.uri.origin() {
            origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
            // An app's own scheme has no origin; the policy names the scheme.
            url::Origin::Opaque(_) => format!("{}:", self.uri.scheme()),
        }
    }

    fn with(&self, parameters: &[(&str, Option<&str>)]) -> Url {
        let mut url = self.uri.clone();
        {
            let mut query = url.query_pairs_mut();
            for (name, value) in parameters {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
        }
        url
    }
}

/// A redirect that no cache keeps: 302 after a GET, 303 after a form's POST.
pub fn redirect(status: StatusCode, location: &str) -> Response {
    // Percent-encoded by `Url`; a location that isn't is a fault of this program, not a panic.
    let Ok(location) = HeaderValue::from_str(location) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let no_store = HeaderValue::from_static("no-store");
    (
        status,
        [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, no_store),
        ],
    )
        .into_response()
}
