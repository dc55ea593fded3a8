//! The redirect back to the app: its registered redirect URI with a code or an error, and the state as it was given
//! (RFC 6749 §4.1.2 and §4.1.2.1). Callers: `authorize`, the pages, control. A [`Callback`] is made only for a registered
//! URI, so no redirect can lead anywhere else.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::state::context::Context;

/// The redirect URI and state of one authorization request.
#[derive(Debug, Clone)]
pub struct Callback {
    uri: Url,
    registered_as: String,
    state: Option<String>,
}

impl Callback {
    /// The callback at a redirect URI; `None` if it is not registered.
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

    /// The address with a code. A fault can drop the state.
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

    /// The app's name on pages: its host and port.
    pub fn app(&self) -> &str {
        // A URI of a private-use scheme has no authority; the scheme names the app.
        if self.uri.has_host() {
            self.uri.authority()
        } else {
            self.uri.scheme()
        }
    }

    /// Source that the `form-action` of a Content-Security-Policy must allow.
    pub fn form_target(&self) -> String {
        match self.uri.origin() {
            origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
            // A private-use scheme has no origin; the policy names the scheme.
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

/// A redirect that caches do not store: 302 after a GET, 303 after a form's POST.
pub fn redirect(status: StatusCode, location: &str) -> Response {
    // `Url` percent-encodes; any other location is a bug of the emulator, and no reason to panic.
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
