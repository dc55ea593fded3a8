//! The `BroadcastChannel` on which the pages of an app in one browser tell each other which session they know of.
//!
//! Shared by `browser/tabs.rs` and by the plain page of a browser that has just been signed out, which has no WASM.

/// The channel's name; channels are per origin.
pub(crate) const NAME: &str = "authkit-session";

/// What a page says that knows of no session.
pub(crate) const SIGNED_OUT: &str = "";
