//! [`Exchange`]: a request to a step of the login, and [`Lent`], the layer's share of it.
//!
//! Made by the two doors to the steps, the routes and the server functions. Never answers by itself.

use super::{answer::Refusal, parts::Flow, token_request::Browser};
use crate::{
    auth::AuthState,
    paths,
    server::{
        audit_trail,
        caller::{Caller, Latest, NotAllowed},
        config::RedirectUri,
        cookies::AuthCookies,
        hooks::{AuditAction, AuditClient, AuditEvent},
        missing_layer::caller_in,
        negotiation::is_script_call,
    },
};
use http::request::Parts;
use std::sync::Arc;
use url::{Host, Url};

/// What the layer puts into each request for the steps of the login.
#[derive(Clone)]
pub(crate) struct Lent {
    pub flow: Arc<Flow>,
    pub cookies: AuthCookies,
}

/// What each step works with: the request, who sent it, and its cookies.
pub(crate) struct Exchange {
    pub(super) flow: Arc<Flow>,
    pub(super) cookies: AuthCookies,
    pub(super) caller: Caller,
    pub(super) request: Arc<Parts>,
}

impl Exchange {
    /// # Errors
    /// [`NotAllowed::NoLayer`] where the layer is missing around the route.
    pub fn of(request: &Arc<Parts>) -> Result<Self, Refusal> {
        let found = request.extensions.get::<Lent>().cloned();
        let found = found.zip(caller_in(request).cloned());
        let (Lent { flow, cookies }, caller) = found.ok_or(NotAllowed::NoLayer)?;
        Ok(Self {
            flow,
            cookies,
            caller,
            request: Arc::clone(request),
        })
    }

    /// The same, for a step that only a browser can go on with.
    ///
    /// # Errors
    /// For a request that brought a token: why it is not accepted, or that it takes a browser's session.
    pub(super) fn browsers_only(self) -> Result<Self, Refusal> {
        match self.caller.is_bearer() {
            true => Err(NotAllowed::without_session(&self.caller).into()),
            false => Ok(self),
        }
    }

    /// The rest of the request goes by this caller.
    pub(super) fn goes_by(&self, caller: Caller) {
        if let Some(latest) = self.request.extensions.get::<Latest>() {
            latest.set(caller);
        }
    }

    /// The id under which the log has the request, where the app gives it one.
    pub(super) fn request_id(&self) -> Option<String> {
        let id = self.request.headers.get("x-request-id")?.to_str().ok()?;
        Some(id.to_owned())
    }

    /// Who sent it, for the audit trail.
    fn client(&self) -> AuditClient {
        let Parts {
            headers,
            extensions,
            ..
        } = &*self.request;
        self.flow.audit.client(headers, extensions)
    }

    /// Whose browser sent it.
    pub(super) fn browser(&self) -> Browser {
        Browser {
            session_before: self.caller.session_id().map(str::to_owned),
            client: self.client(),
        }
    }

    /// What the audit trail has of the caller, who does this or is refused it.
    pub(super) fn audited(&self, action: AuditAction) -> AuditEvent {
        AuditEvent {
            client: Some(self.client()),
            ..audit_trail::by(&self.caller, action)
        }
    }

    /// Where AuthKit leads back to: on the host that the request was sent to, if it is one of the app's.
    pub(super) fn redirect_uri(&self) -> &RedirectUri {
        self.flow.redirect_uris.of_request(&self.request.headers)
    }

    /// The app's origin, as this request's browser has it.
    pub(super) fn origin(&self) -> String {
        self.redirect_uri().origin()
    }

    pub(super) fn state(&self) -> AuthState {
        self.caller.state()
    }

    /// Whether a script asks, which reads the answer; a link or form is led somewhere.
    pub(in crate::server) fn is_script_call(&self) -> bool {
        is_script_call(&self.request.headers, Some(&self.caller))
    }

    /// The address of this request on the host that the redirect URI names, when it was sent to none of the app's: www, say, or
    /// 127.0.0.1 for localhost. The cookies of one are not the other's, so that a sign-in begun here could not
    /// end there.
    ///
    /// At most once, and the address says so: a proxy may have changed `Host`, which tells nothing about the
    /// browser's address then.
    pub(super) fn on_the_public_host(&self) -> Option<String> {
        let host = self.request.headers.get(http::header::HOST)?;
        let public = Url::parse(&self.origin()).ok()?;
        let asked = Url::parse(&format!("{}://{}", public.scheme(), host.to_str().ok()?)).ok()?;
        if asked.origin() == public.origin() {
            return None;
        }
        let mut there = public.join(self.request.uri.path()).ok()?;
        there.set_query(self.request.uri.query());
        // No proxy is between names of this machine.
        if is_loopback(&asked) && is_loopback(&public) {
            return (asked.port() == public.port()).then(|| there.into());
        }
        if there.query_pairs().any(|(name, _)| name == paths::LED_HERE) {
            return None;
        }
        there.query_pairs_mut().append_pair(paths::LED_HERE, "1");
        Some(there.into())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
