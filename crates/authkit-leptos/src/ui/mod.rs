//! What pages are made of: the provider, the gates, links and forms.
//!
//! Works as plain server-rendered HTML; in an island and in a fully hydrated app it follows the state as it changes.
//! Only reads: cookies are the server's.

mod actions;
mod authorized;
mod gates;
mod here;
mod impersonation;
mod links;
mod protected;
mod provider;
mod recent_auth;
mod refused;
mod scripts;
mod token;
mod token_claims;

pub use actions::{AuthActions, use_auth_actions};
pub use authorized::Authorized;
pub use gates::{AuthLoading, Authenticated, Unauthenticated};
pub use impersonation::Impersonation;
pub use links::{SignInLink, SignOutForm, SignUpLink, SwitchOrganizationForm};
pub use protected::Protected;
pub use provider::{AuthProvider, auth_state, use_access_token, use_auth, use_session_ended};
pub use recent_auth::{reauthenticate, use_recent_auth};
pub use refused::Refused;
#[cfg(feature = "hydrate")]
pub use scripts::scripts_run;
pub use scripts::{ScriptsEnded, WatchScripts};
pub use token::AccessTokenHandle;
pub use token_claims::use_token_claims;
