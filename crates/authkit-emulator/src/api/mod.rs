//! WorkOS's JSON API for the app's server: users, memberships, sessions, registered addresses, keys and discovery.
//! `errors`, `no_store`, `paging` and `shapes` are pure; `key` checks the API key; the rest are handlers, one file per
//! resource. The token endpoint is in `protocol`. A handler here must never import one of `protocol`.

pub mod discovery;
pub mod errors;
pub mod event_names;
pub mod events;
pub mod feature_flags;
pub mod jwks;
pub mod jwt_template;
pub mod key;
pub mod memberships;
pub mod no_store;
pub mod paging;
pub mod registration;
pub mod revoke;
pub mod sessions;
pub mod shapes;
pub mod users;
