//! [`PlainForm`]: a form that was sent without scripts, and is led back to its page, whatever comes of it.
//!
//! Used by the handler of mutations, and by [`Live::page_start`], which takes what it has left. Never puts into an address
//! what somebody typed.

use super::{
    Live,
    problem::{Problem, UNCONFIRMED},
    refused_forms::random_text,
    sent::Sent,
};
use crate::page_start::{PageStart, RefusedForm};
use authkit_leptos::{
    AuthError, Hints, ReturnTo, SignInOptions,
    server::{AuthKit, Caller, page_of_form},
    sign_in_url,
};
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use jiff::Timestamp;

/// What an address says of a refused form: its ticket, or, where nothing could be stored, the reason code.
const REFUSED: &str = "refused";
/// What an address says of a form that is to be sent again: its key.
const AGAIN: &str = "again";

/// Where a plain form is led back to.
pub struct PlainForm {
    page: ReturnTo,
    session_id: Option<String>,
}

impl PlainForm {
    /// `None` for a script or a program.
    pub fn of(request: &Parts) -> Option<Self> {
        let authkit = request.extensions.get::<AuthKit>();
        let page = page_of_form(request, authkit.map_or("", AuthKit::origin))?;
        Some(Self {
            page,
            session_id: session_id(request),
        })
    }

    /// Back to the page: done.
    pub fn done(&self) -> Response {
        Redirect::to(&self.address(&[])).into_response()
    }

    /// Back to the page, which says why not, or to a new sign-in if one is asked for.
    pub async fn refused(
        &self,
        live: &Live,
        name: &str,
        problem: &Problem,
        sent: Option<&Sent>,
    ) -> Response {
        if let Problem::NotAllowed(not_allowed) = problem
            && let AuthError::SignInTooOld { max_age } = AuthError::from(not_allowed)
        {
            let options = SignInOptions {
                return_to: Some(self.page.clone()),
                hints: Hints {
                    max_age: Some(max_age.to_string()),
                    ..Hints::default()
                },
                ..SignInOptions::default()
            };
            return Redirect::to(&sign_in_url(&options)).into_response();
        }
        let refused = problem.refused();
        let key = sent
            .and_then(Sent::key)
            .filter(|_| refused.code == UNCONFIRMED);
        let code = refused.code.clone();
        let form = RefusedForm {
            name: name.to_owned(),
            refused,
            fields: sent.map(Sent::fields).unwrap_or_default(),
            once: key.map(str::to_owned),
        };
        let ticket = match &self.session_id {
            Some(session_id) => live.inner.refused_forms.leave(session_id, form).await.ok(),
            None => None,
        };
        let address = match (&ticket, key) {
            (Some(ticket), _) => self.address(&[(REFUSED, ticket)]),
            (None, Some(key)) => self.address(&[(REFUSED, &code), (AGAIN, key)]),
            (None, None) => self.address(&[(REFUSED, &code)]),
        };
        Redirect::to(&address).into_response()
    }

    /// The page's address, with these in place of what it says of an earlier form.
    fn address(&self, parameters: &[(&str, &str)]) -> String {
        let (path, query) = self
            .page
            .as_str()
            .split_once('?')
            .unwrap_or((self.page.as_str(), ""));
        let mut address = form_urlencoded::Serializer::new(String::new());
        let before = form_urlencoded::parse(query.as_bytes());
        address.extend_pairs(before.filter(|(name, _)| !matches!(&**name, REFUSED | AGAIN)));
        address.extend_pairs(parameters);
        match address.finish().as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

impl Live {
    /// What the page that is being rendered starts from: the server's clock, a key for its forms, and what a plain form
    /// left that led back here. Give it to the page's island.
    ///
    /// Reads the request at once; the future may be awaited anywhere. What a form has left is taken, so that the page says
    /// it once.
    pub fn page_start(&self) -> impl Future<Output = PageStart> + Send + 'static {
        let request = leptos::prelude::use_context::<Parts>();
        let live = self.clone();
        async move {
            let refused = match &request {
                Some(request) => live.refused_form(request).await,
                None => None,
            };
            PageStart {
                now: u64::try_from(Timestamp::now().as_second()).unwrap_or(0),
                // Without a key a form is not protected from being sent twice, and works.
                once: random_text().unwrap_or_default(),
                refused,
            }
        }
    }

    async fn refused_form(&self, request: &Parts) -> Option<RefusedForm> {
        let query = request.uri.query()?;
        let parameter = |wanted: &str| {
            let mut parameters = form_urlencoded::parse(query.as_bytes());
            parameters
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value)
        };
        let said = parameter(REFUSED)?;
        let session_id = session_id(request);
        if let Some(refused) = Problem::by_code(&said) {
            // The user was signed out then, and has signed in since.
            let is_past = refused.is_signed_out() && session_id.is_some();
            return (!is_past).then(|| RefusedForm {
                name: String::new(),
                refused,
                fields: Vec::new(),
                once: parameter(AGAIN).map(|key| key.into_owned()),
            });
        }
        self.inner.refused_forms.take(&session_id?, &said).await
    }
}

fn session_id(request: &Parts) -> Option<String> {
    let caller = request.extensions.get::<Caller>()?;
    caller.session_id().map(str::to_owned)
}
