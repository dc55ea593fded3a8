//! Changes to users and sessions, one function each, so that each change tells the webhook. Callers: the API, the
//! protocol and control. A floor of its own between `Context` and the handlers: users end sessions, and sign-ins,
//! sign-outs and API calls change both, so none of these could own the functions without a circle.

pub mod accounts;
pub mod event;
pub mod sessions;
