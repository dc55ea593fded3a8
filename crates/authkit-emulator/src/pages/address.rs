//! The addresses of the pages that carry an authorization request along. Callers: the pages, which link to one another,
//! and `authorize`, which leads to them. `routes` must serve the same paths.

/// Address of the sign-in page, with the query of the request.
pub fn sign_in(query: &str) -> String {
    format!("/sign-in?{query}")
}

/// Address of the sign-up page, with the query of the request.
pub fn sign_up(query: &str) -> String {
    format!("/sign-up?{query}")
}
