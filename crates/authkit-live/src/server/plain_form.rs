//! [`PlainForm`]: a form that was sent without scripts, and is led back to its page, whatever comes of it.
//!
//! Used by the handler of mutations, and by [`Live::page_start`], which takes what it has left. Never puts into an address
//! what somebody typed.

use super::{
    Live, StoreError,
    key::Key,
    problem::{Problem, UNCONFIRMED},
    refused_forms::random_text,
    sent::Sent,
};
use crate::{
    mutation::{Refused, key_of_page},
    page_start::{PageStart, RefusedForm},
};
use authkit_leptos::{
    AuthError, Hints, ReturnTo, SignInOptions,
    server::{AuthKit, Caller, SignInNotice, UserIdentity, page_of_form},
    sign_in_url,
};
use axum::response::{IntoResponse, Redirect, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite, time};
use http::{
    HeaderMap,
    header::{COOKIE, SET_COOKIE},
    request::Parts,
};
use jiff::Timestamp;
use tracing::Instrument;

/// What an address says of a refused form: its ticket, or, where nothing could be stored, the reason code.
const REFUSED: &str = "refused";
/// The cookie with the key of a form that is to be sent again, where nothing could be stored: in an address anybody could
/// have written it.
const AGAIN: &str = "live-again";
/// How long it is kept.
const AGAIN_FOR: time::Duration = time::Duration::minutes(10);

/// Where a plain form is led back to.
pub struct PlainForm {
    page: ReturnTo,
    /// Whether the app is served over https.
    is_secure: bool,
    session_id: Option<String>,
}

impl PlainForm {
    /// `None` for a script or a program.
    pub fn of(request: &Parts) -> Option<Self> {
        let authkit = request.extensions.get::<AuthKit>();
        let page = page_of_form(request, authkit.map_or("", AuthKit::origin))?;
        Some(Self {
            page,
            is_secure: authkit.is_some_and(|it| it.origin().starts_with("https:")),
            session_id: session_id(request),
        })
    }

    /// Back to the page: done.
    pub fn done(&self) -> Response {
        Redirect::to(&self.address(None)).into_response()
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
                return_to: Some(SignInNotice::FormNotSent.on(&self.page)),
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
        // An address says only what everybody may read in it.
        let code = match Problem::by_code(&code) {
            Some(_) => code,
            None if self.session_id.is_none() => AuthError::SignedOut.code().to_owned(),
            None => Problem::of_store(&StoreError::Slow).refused().code,
        };
        let said = ticket.as_deref().unwrap_or(&code);
        let mut response = Redirect::to(&self.address(Some(said))).into_response();
        if let (None, Some(key)) = (&ticket, key)
            && let Ok(cookie) = self.cookie(key).to_string().parse()
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    fn cookie(&self, key: &str) -> Cookie<'static> {
        // A key may have letters that a cookie can't.
        let key = URL_SAFE_NO_PAD.encode(key);
        Cookie::build((again(self.is_secure), key))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_secure)
            .max_age(AGAIN_FOR)
            .build()
    }

    /// The page's address, with this in place of what it says of an earlier form.
    fn address(&self, refused: Option<&str>) -> String {
        let page = self.page.as_str();
        let (path, query) = page.split_once('?').unwrap_or((page, ""));
        let mut address = form_urlencoded::Serializer::new(String::new());
        let before = form_urlencoded::parse(query.as_bytes());
        address.extend_pairs(before.filter(|(name, _)| name != REFUSED));
        address.extend_pairs(refused.map(|refused| (REFUSED, refused)));
        crate::address::address(path, &address.finish())
    }
}

/// The name of the cookie; over https one that no other host can set (RFC 6265bis §4.1.3.2).
fn again(is_secure: bool) -> String {
    let prefix = if is_secure { "__Host-" } else { "" };
    format!("{prefix}{AGAIN}")
}

impl Live {
    /// What the page that is being rendered starts from: the server's clock, a key for its forms, and what a plain form
    /// left that led back here. Give it to the page's island or list.
    ///
    /// Reads the request at once; the future may be awaited anywhere. What a form has left is taken, so that the page says
    /// it once.
    pub fn page_start(&self) -> impl Future<Output = PageStart> + Send + 'static {
        let request = leptos::prelude::use_context::<Parts>();
        let live = self.clone();
        let whose = request.as_ref().and_then(key_of_page_here);
        let starts = async move {
            let refused = match &request {
                Some(request) => live.refused_form(request).await,
                None => None,
            };
            PageStart {
                now: u64::try_from(Timestamp::now().as_second()).unwrap_or(0),
                // Without a key a form is not protected from being sent twice, and works.
                once: random_text()
                    .map(|text| [&*whose.unwrap_or_default(), &text].concat())
                    .unwrap_or_default(),
                refused,
            }
        };
        starts.in_current_span()
    }

    async fn refused_form(&self, request: &Parts) -> Option<RefusedForm> {
        let said = said_in_address(request)?;
        let session_id = session_id(request);
        if let Some(refused) = Problem::by_code(&said) {
            // The user was signed out then, and has signed in since.
            let is_past = refused.is_signed_out() && session_id.is_some();
            let is_open = refused.code == UNCONFIRMED;
            return (!is_past).then(|| RefusedForm {
                name: String::new(),
                refused,
                fields: Vec::new(),
                once: is_open.then(|| key_to_send_again(request)).flatten(),
            });
        }
        self.inner.refused_forms.take(&session_id?, &said).await
    }
}

/// The key in the cookie; `None` for one from a page of another user.
fn key_to_send_again(request: &Parts) -> Option<String> {
    let authkit = request.extensions.get::<AuthKit>()?;
    let key = key_in_cookie(&request.headers, authkit.origin().starts_with("https:"))?;
    let is_ours = !key.is_of_another_user(caller_here(request)?);
    is_ours.then(|| key.as_str().to_owned())
}

/// The key in the cookie, if it can be one.
fn key_in_cookie(headers: &HeaderMap, is_secure: bool) -> Option<Key> {
    let name = again(is_secure);
    let headers = headers.get_all(COOKIE).iter();
    let texts = headers.filter_map(|header| header.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let cookie = cookies.find(|cookie| cookie.name() == name)?;
    let key = String::from_utf8(URL_SAFE_NO_PAD.decode(cookie.value()).ok()?).ok()?;
    Key::of(&HeaderMap::new(), Some(&key)).ok()?
}

/// What the address of a user's page says of a plain form that led back to it, where nothing could be stored.
pub(super) fn refused_in_address(request: &Parts) -> Option<Refused> {
    let refused = Problem::by_code(&said_in_address(request)?);
    // The user was signed out then, and has signed in since.
    refused.filter(|refused| !refused.is_signed_out())
}

fn said_in_address(request: &Parts) -> Option<String> {
    let mut parameters = form_urlencoded::parse(request.uri.query()?.as_bytes());
    let (_, said) = parameters.find(|(name, _)| name == REFUSED)?;
    Some(said.into_owned())
}

/// What the keys of a page begin with that is made for this request.
fn key_of_page_here(request: &Parts) -> Option<String> {
    let caller = caller_here(request)?;
    Some(key_of_page(caller.id_here(), caller.organization_id()))
}

/// Who has sent the request, if they have proved it.
pub(super) fn caller_here(request: &Parts) -> Option<&UserIdentity> {
    Caller::latest(&request.extensions)?.identity().ok()?
}

/// The session that a form is kept for. One that is over asks for no page any more.
fn session_id(request: &Parts) -> Option<String> {
    match Caller::latest(&request.extensions)? {
        Caller::Nobody { .. } => None,
        caller => caller.session_id().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_the_cookie_whatever_letters_are_in_it() {
        let key = "page.https://issuer.example|user;1,2.-.abc.remove.a:b@c/d%20?e=f&g";
        for is_secure in [true, false] {
            let form = PlainForm {
                page: ReturnTo::or_home(Some("/notes")),
                is_secure,
                session_id: None,
            };
            let set = form.cookie(key).to_string();
            let (pair, _) = set.split_once(';').unwrap();
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, "first=1".parse().unwrap());
            headers.append(COOKIE, format!("second=2; {pair}").parse().unwrap());
            let found = key_in_cookie(&headers, is_secure);
            assert_eq!(found.unwrap().as_str(), key);
            assert_eq!(key_in_cookie(&headers, !is_secure), None);
        }
    }
}
