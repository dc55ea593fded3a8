//! What processes of one app tell each other through their database: who exchanges which refresh
//! token, for what, which sessions have been revoked, what has changed, and how long tokens live.
//!
//! Used by `refresh` and `revocations`. Holds fingerprints and sealed sessions, never a token. A request
//! whose access token is good never depends on it.

mod changes;
mod news;
mod refreshes;
mod revocations;
mod sqlite_file;
mod tables;
mod token_life;

pub(super) use changes::{About, Change};
pub(super) use news::{Heard, LedgerNews, Next};
pub(super) use refreshes::{Claim, Fingerprint, Kept, Lease};
pub(super) use revocations::Revocation;
pub use sqlite_file::SqliteFileError;
pub use tables::{LEDGER_MIGRATIONS, LEDGER_TABLES, Ledger, LedgerError};
pub(super) use token_life::{SHORTEST_DENIAL, tokens_expire_by};
