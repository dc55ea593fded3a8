//! The pure part: no request, no network, no clock or randomness of its own.

pub mod brief;
pub mod chunks;
pub mod clock;
mod compact;
pub mod seal;
pub mod session;
mod session_hash;

pub use session_hash::session_hash;
