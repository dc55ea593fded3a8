//! What pages are made of: the provider, the gates, links and forms.
//!
//! Works as plain server-rendered HTML; inside an island it follows the state as it changes. Only
//! reads: cookies are the server's.

mod gates;
mod links;
mod provider;
mod scripts;
mod token;

pub use gates::{AuthLoading, Authenticated, Unauthenticated};
pub use links::{SignInLink, SignOutForm, SignUpLink, SwitchOrganizationForm};
pub use provider::{AuthProvider, use_access_token, use_auth, use_session_ended};
#[cfg(feature = "hydrate")]
pub use scripts::scripts_run;
pub use scripts::{ScriptsEnded, WatchScripts};
pub use token::AccessTokenHandle;
