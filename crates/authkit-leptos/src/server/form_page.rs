//! [`page_of_form`]: the page that a plain form was sent from, and is led back to.
//!
//! For handlers that forms without scripts and programs both call. Never leads to another site.

use super::{caller::Caller, negotiation::is_script_call, referer::own_path};
use crate::paths::ReturnTo;
use axum::http::request::Parts;

/// The page of the app that a plain form was sent from, the home page if the browser does not say; `None` for a script or
/// a program, which reads JSON and is told instead of led. `origin` is the app's, as in
/// [`AuthKit::origin`](super::AuthKit::origin).
///
/// ```
/// use authkit_leptos::server::page_of_form;
/// let (form, ()) = http::Request::post("https://app.example/api/add")
///     .header("accept", "text/html")
///     .header("referer", "https://app.example/list?page=2")
///     .body(())?
///     .into_parts();
/// let page = page_of_form(&form, "https://app.example");
/// assert_eq!(page.as_ref().map(|page| page.as_str()), Some("/list?page=2"));
/// # Ok::<_, http::Error>(())
/// ```
#[must_use]
pub fn page_of_form(request: &Parts, origin: &str) -> Option<ReturnTo> {
    let caller = request.extensions.get::<Caller>();
    if is_script_call(&request.headers, caller) {
        return None;
    }
    let page = own_path(&request.headers, origin);
    Some(ReturnTo::or_home(page.as_deref()))
}
