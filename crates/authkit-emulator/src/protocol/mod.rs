//! The OAuth 2.0 and OpenID Connect steps of a sign-in, one file each, in order: `request` is checked, `authorize` answers
//! it or leads to `sign_in`, `sign_up` and `step_up`; `callback` sends the browser home with a `code`; `authenticate`
//! exchanges it for tokens; `refresh` renews them; `logout` ends the session. `admission` and `origin` decide who may.

pub mod access_token;
pub mod admission;
pub mod authenticate;
pub mod authorize;
pub mod browser_session;
pub mod callback;
pub mod code;
pub mod logout;
pub mod origin;
pub mod refresh;
pub mod request;
pub mod sign_in;
pub mod sign_up;
pub mod step_up;
