//! The login inside of a Leptos app, on the server: what pages and server functions ask, and how they answer.
//!
//! The only part of the server half that knows Leptos; it works where Leptos provides the request as context.

pub(super) mod answer;
pub(super) mod error_status;
pub mod guard;
mod inspect;
mod recent_auth;
mod request;
mod route_paths;

pub use answer::{is_form, redirect, set_status};
pub use guard::Allowed;
pub use inspect::{examine, inspect};
pub(crate) use recent_auth::page_time;
pub use recent_auth::{check_recent_auth, require_recent_auth};
pub use request::{
    access_token, auth_state, authkit, claims, identity, memberships, page_user, refresh_session,
    require_user, sign_in_failed, sign_in_notice, verified_claims,
};
pub use route_paths::route_paths;
