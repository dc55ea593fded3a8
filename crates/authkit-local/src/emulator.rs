//! What everybody who speaks to authkit-emulator knows of it: its client, and where it listens.
//!
//! Called by the emulator and by commands that ask one that runs. Stands here so that a release build of an app names these
//! and has none of the emulator's code. Public, so never credentials that the real WorkOS accepts.

/// Id of its only OAuth client.
pub const CLIENT_ID: &str = "client_emulator";
/// The client's secret, which is also the bearer token of the API.
pub const API_KEY: &str = "sk_test_emulator_not_a_secret";
/// The variable with its address.
pub const ADDR: &str = "EMULATOR_ADDR";
/// The variable with the path of its `emulator.toml`.
pub const SEED: &str = "EMULATOR_SEED";
/// Where it listens on this machine, unless that says otherwise.
pub const PORT: u16 = 3100;
