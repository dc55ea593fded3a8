//! What the emulator keeps: users, sessions, codes and keys in the store, the clock, randomness, passwords, registered
//! addresses; and [`context::Context`], which every handler shares. `context` stands on the data here and in `bend`;
//! everything else here is data and must never import `context`.

pub mod clock;
pub mod config;
pub mod context;
pub mod email;
pub mod event_log;
pub mod jwt_template;
pub mod keys;
pub mod password;
pub mod random;
pub mod registered;
pub mod seed;
pub mod store;
pub mod token_template;
