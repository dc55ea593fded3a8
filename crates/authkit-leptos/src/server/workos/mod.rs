//! The only door to WorkOS: its official SDK, with limits of time and number and failures sorted by what to
//! do.

mod client;
mod credentials;
mod events;
mod failure;
mod flags;
mod gate;
mod memberships;
mod oauth_tokens;
mod registration;
mod remembered;
mod sessions;
mod users;

pub use client::{Screen, TokenResponse, WorkOs};
pub use events::{EventPage, EventsFrom};
pub use failure::{Failure, Refusal};
pub use oauth_tokens::OAuthTokens;
pub use registration::{Registered, Registration};
pub use sessions::{Revoked, SessionPage};
pub use users::UserPage;
