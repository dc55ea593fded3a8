//! What a developer wants to know of a request: its session, its cookie, and what the verifier says of a
//! token and why.
//!
//! For a page in development. Gives away claims, never a token, and changes nothing.

use super::{
    authkit::AuthKit,
    caller::{Caller, bearer::Bearer},
    cookies::AuthCookies,
    core::chunks,
    token::Examination,
};
use crate::auth::AuthState;
use http::request::Parts;

/// What there is to know of a request's session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// What pages are told.
    pub state: AuthState,
    /// Its id, also of a session that is no longer valid.
    pub session_id: Option<String>,
    /// The cookie it came in. Not looked at where a token came along in the `Authorization` header.
    pub cookie: Option<SessionCookie>,
    /// What came in the `Authorization` header: whether it counts, or the reason code why not.
    pub bearer: Option<Result<(), &'static str>>,
    /// What each provider says of the access token: of the one in the header, if there is one, else of the
    /// session's.
    pub token: Option<Examination>,
}

/// The session cookie of a request, as the browser sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionCookie {
    /// Its name, that of the first piece without its number.
    pub name: String,
    /// In how many pieces it came.
    pub pieces: usize,
    /// How long its value is, in bytes.
    pub bytes: usize,
    /// Reason code, if it is no session.
    pub refused: Option<&'static str>,
}

/// A request's session, looked at closely; `None` where the layer is missing around its route.
///
/// ```
/// # use authkit_leptos::server::inspect_request;
/// # use http::request::Parts;
/// async fn debug(request: Parts) -> String {
///     match inspect_request(&request).await {
///         Some(inspection) => format!("{:?}", inspection.cookie),
///         None => "put AuthKit::layer() around this route".to_owned(),
///     }
/// }
/// ```
pub async fn inspect_request(request: &Parts) -> Option<Inspection> {
    let authkit = request.extensions.get::<AuthKit>()?;
    let caller = request.extensions.get::<Caller>()?;
    let bearer = match caller {
        Caller::Program(..) => Some(Ok(())),
        Caller::Refused(error) => Some(Err(error.code())),
        _ => None,
    };
    let access_token = match caller {
        Caller::Session(caller) => Some(caller.access_token.clone()),
        Caller::Program(_, token) => Some(token.clone()),
        _ => None,
    };
    // As they came: those in the request's extensions may have been changed since.
    let cookies = AuthCookies::read(&request.headers);
    let cookie_name = authkit.cookie_name();
    let opened = authkit.open_session(&cookies);
    let refused = opened.as_ref().err().map(|error| error.code());
    let names = cookies.names(|name| chunks::belongs_to(cookie_name, name));
    let values = names.iter().filter_map(|name| cookies.get(name));
    let cookie = (!names.is_empty()).then(|| SessionCookie {
        name: cookie_name.to_owned(),
        pieces: names.len(),
        bytes: values.map(|value| value.len()).sum(),
        refused,
    });
    let in_header = || Bearer::read(&request.headers)?.into_token();
    let in_cookie = || opened.ok().flatten().map(|session| session.access_token);
    let token = match access_token.or_else(in_header).or_else(in_cookie) {
        Some(token) => Some(authkit.examine(&token).await),
        None => None,
    };
    Some(Inspection {
        state: caller.state(),
        session_id: caller.session_id().map(str::to_owned),
        cookie,
        bearer,
        token,
    })
}
