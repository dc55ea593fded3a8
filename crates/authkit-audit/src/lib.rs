//! An audit trail in the app's own database: the table `audit_event`, one row per action or refusal.
//!
//! The login tells of itself ([`AuditLog::follow`]); the app writes what it does itself in the transaction that does it
//! ([`record`]). Rows are never changed, except that a deleted user's addresses are erased, and end by age and number.

mod audit;
mod entry;
mod log;
mod row;

pub use audit::Audit;
pub use entry::{Entry, record};
pub use log::{AUDIT_MIGRATIONS, AuditLog, Keep, Sweeping};
pub use row::{Filter, Row};

/// Compiles the example of the README.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
