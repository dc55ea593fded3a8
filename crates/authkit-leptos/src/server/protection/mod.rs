//! Protection by path: who may see what, for a whole app at once.
//!
//! [`Protection`] is described by the app when it starts and checked by the builder; the layer asks the [`PathGuard`] once
//! per request. Never decides about the library's own routes: no list of an app can lock the callback.

mod description;
mod listing;
mod path;
mod path_guard;
mod pattern;
mod rules;
mod turned_away;

pub use description::Protection;
pub use listing::{Access, Listing, RouteAccess};
pub(super) use path_guard::PathGuard;
pub use pattern::{Pattern, PatternProblem};
pub(crate) use rules::Rules;
pub use rules::{BadPattern, ProtectionError};
pub(super) use turned_away::turn_away;
