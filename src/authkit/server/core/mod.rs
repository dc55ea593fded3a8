//! The pure part: no request, no network, no clock or randomness of its own.

pub mod chunks;
pub mod clock;
pub mod seal;
pub mod session;
