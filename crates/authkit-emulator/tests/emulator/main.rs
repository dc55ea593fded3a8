//! The emulator from outside: over HTTP, as an app and a browser meet it. One file per part of the
//! protocol; `support` has the browser and the app's half of a sign-in.

mod authorizing;
mod controlling;
mod controlling_over_http;
mod deleting;
mod discovering;
mod evaluating_flags;
mod exchanging;
mod holding_webhooks;
mod home;
mod impersonating;
mod listing_events;
mod listing_memberships;
mod listing_sessions;
mod managing_users;
mod minting;
mod reached;
mod receiver;
mod refreshing;
mod registering;
mod remembering;
mod rights;
mod seeding;
mod signing_in;
mod signing_out;
mod stepping_up;
mod support;
mod templating;
mod webhooks;
