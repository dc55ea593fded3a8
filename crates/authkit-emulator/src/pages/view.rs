//! [`RequestView`]: what the pages of a sign-in show of its authorization request. Callers: their handlers, by
//! `AuthorizeRequest::shown`. It stands below the request, so that no page has to know how one is checked.

/// An authorization request, as pages show it.
pub struct RequestView<'a> {
    /// The query, for links and forms that carry the request along.
    pub query: &'a str,
    /// The app's name.
    pub app: &'a str,
    /// The provider that the request names, if that is not AuthKit.
    pub provider: Option<&'static str>,
    /// Address that returns to the app without signing in.
    pub cancelled: String,
    /// Source that the `form-action` of a Content-Security-Policy must allow.
    pub form_target: String,
}
