//! What tests and developers bend: faults, another environment, restricted keys, held webhooks, and the control
//! interface over all of it. `endpoint`, `faults`, `other_environment`, `outbox` and `restricted_keys` are data below
//! `Context`; the middleware, the delivery task, the home page and control take `Context` and stand at the top. An
//! ordinary sign-in never needs this folder.

pub mod control;
pub mod delivery;
pub mod endpoint;
pub mod fault_layer;
pub mod faults;
pub mod home;
pub mod impersonation;
pub mod other_environment;
pub mod other_environment_layer;
pub mod outbox;
pub mod restricted_keys;
