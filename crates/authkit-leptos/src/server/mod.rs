//! The server half of the library, put together in [`AuthKit`].
//!
//! An app makes one [`AuthKit`], puts its [`layer`](AuthKit::layer) around its routes, and asks
//! [`require_user`], [`CurrentUser`] or [`MaybeUser`] who is there. Imports nothing from the app.

mod attempts;
mod audit_trail;
mod authkit;
mod border;
mod builder;
mod caller;
pub mod config;
mod cookie_sealer;
mod cookies;
pub mod core;
mod extract;
mod feature_flags;
pub(crate) mod flow;
mod form_page;
#[cfg(not(feature = "leptos"))]
pub mod guard;
mod hooks;
mod inspect;
mod layer;
mod ledger;
#[cfg(feature = "leptos")]
mod leptos;
pub mod metrics;
mod missing_layer;
mod negotiation;
mod origin;
mod plain_pages;
mod protection;
mod published_keys;
mod referer;
mod refresh;
mod revocations;
mod routes;
mod sign_in_failed;
mod sign_in_notice;
mod sign_out_target;
mod slug;
pub mod token;
mod user_event;
mod webhook;
pub mod workos;

pub use authkit::{AuthKit, BuildError};
#[doc(no_inline)]
pub use authkit_store::{
    SqlitePoolError, Store, StoreError, are_lent, has_no_shared_memory, hears, sqlite_pool,
};
pub use builder::{Builder, StartError};
pub use caller::{
    BearerError, Caller, ClaimMismatch, Guarded, IdentityError, RememberedStats, SessionCaller,
    UserIdentity,
};
pub use config::{BearerTokens, Config, Problems, UnknownBearerTokens};
pub use extract::{AuthKitClaims, CurrentUser, MaybeUser};
pub use feature_flags::{FeatureFlags, FlagChange, FlagContext, FlagsOptions, FlagsStats};
pub use form_page::page_of_form;
pub use hooks::{
    Admit, AuditAction, AuditClient, AuditEvent, RefreshFailed, Refreshed, Refusal, SignIn,
    SignInError,
};
pub use inspect::{Inspection, SessionCookie, inspect_request};
pub use layer::{AuthLayer, AuthService};
pub use ledger::{LEDGER_MIGRATIONS, LEDGER_TABLES, Ledger, LedgerError, SqliteFileError};
pub use negotiation::no_store;
pub use origin::{SameOrigin, SameOriginLayer, same_origin_layer};
pub use protection::{
    Access, BadPattern, Listing, Pattern, PatternProblem, Protection, ProtectionError, RouteAccess,
};
pub use revocations::{Ending, SessionWatch};
#[doc(no_inline)]
pub use secrecy::{ExposeSecret, SecretString};
pub use sign_in_failed::SignInFailed;
pub use sign_in_notice::SignInNotice;
pub use user_event::{UserEvent, UserSnapshot};

#[cfg(feature = "leptos")]
pub(crate) use self::leptos::answer::{take, take_by_script};
#[cfg(feature = "leptos")]
pub(crate) use self::leptos::page_time;
#[cfg(feature = "leptos")]
pub use self::leptos::{
    Allowed, access_token, auth_state, authkit, check_recent_auth, claims, examine, guard,
    identity, inspect, is_form, memberships, page_user, redirect, refresh_session,
    require_recent_auth, require_user, route_paths, set_status, sign_in_failed, sign_in_notice,
    verified_claims,
};

#[cfg(test)]
mod fuzz;
