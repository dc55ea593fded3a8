//! AuthKit on your own machine: the WorkOS endpoints that a login needs, with sign-in pages, users and keys, so that
//! development, tests and demos need no account. The app speaks HTTP to it as it does to WorkOS; development starts it
//! beside the app, tests start it on port 0.
//! It must never accept what WorkOS refuses, and never be reachable in production: its passwords are public. Unless
//! told otherwise, it listens to this machine only and answers only to its names.
//!
//! One sign-in, in order, in `protocol`: `authorize` checks the request and sends the browser to `sign_in` or `sign_up`,
//! unless its `browser_session` answers at once, and to `step_up` if the organization has a policy; `callback` sends the
//! browser home with a `code`; `authenticate` exchanges the code for tokens; `logout` ends the session. `api` is the rest
//! of WorkOS's JSON API. Tests bend all of this through [`Control`].
//!
//! No import runs up. From the bottom: data (`state`, and the data of `bend`), what is shown (`pages`, the shapes and
//! errors of `api`), `Context`, `changes`, `api`, `protocol`, the middleware and control of `bend`, `routes` and `serve`.
//! `tests/floors` checks it.

mod api;
mod bend;
mod beside;
mod changes;
mod emulator;
mod for_app;
mod pages;
mod protocol;
mod routes;
mod seed_file;
mod serve;
mod state;

pub use authkit_local::NotThisMachine;
pub use bend::control::browsers::{BrowserCookie, BrowserSignIn};
pub use bend::control::mint::Grant;
pub use bend::control::people::{CreatedUser, NewUser};
pub use bend::control::rights::FlagSetting;
pub use bend::control::{Control, ControlError};
pub use bend::endpoint::{Calls, Endpoint};
pub use bend::faults::Fault;
pub use bend::outbox::{Delivery, HeldWebhook, Webhook};
pub use beside::{Beside, BesideError, Variables};
pub use changes::accounts::UserUpdate;
pub use emulator::Emulator;
pub use for_app::{ForAppError, for_app, for_app_with};
pub use seed_file::seed_file;
pub use serve::StartError;
pub use state::config::Config;
pub use state::jwt_template::TemplateError;
pub use state::seed::error::{SeedError, SeedFault};
pub use state::seed::{SEEDED_PASSWORD, SEEDED_USERS};
pub use state::store::StoreError;
pub use state::store::model::{Impersonator, OauthProvider, Policy};
