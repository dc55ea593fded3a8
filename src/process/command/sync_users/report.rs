//! What `sync-users` says while it is at it, for people and for machines.
//!
//! Counts only: no name, address or id of anybody.

use crate::users::Counts;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// One line of the output.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// A run before this one was interrupted.
    Resumed {
        /// Users met before.
        users: i64,
    },
    /// Where it was interrupted is not known any more.
    StaleCursor {
        /// Users met before, and to be met again.
        users: i64,
    },
    /// A page is in the database.
    Page {
        /// Of this run, from 1.
        page: u32,
        /// Met so far, in earlier runs too.
        users: i64,
    },
    /// WorkOS asks to slow down.
    Waiting {
        /// For how long.
        seconds: u64,
    },
    /// Everybody is up to date.
    Done {
        /// All whom WorkOS has.
        users: i64,
        /// Who had no row.
        new: i64,
        /// Whose row was older.
        changed: i64,
        /// Whose row was as it should be.
        unchanged: i64,
        /// Whom WorkOS has no more.
        deleted: usize,
    },
    /// It could not go on.
    Stopped {
        /// Met so far: the next run goes on after them.
        users: i64,
        /// What is in the way.
        problem: String,
        /// What to do.
        fix: String,
    },
}

impl Report {
    pub fn resumed(counts: Counts) -> Self {
        Self::Resumed {
            users: counts.met(),
        }
    }

    pub fn done(counts: Counts, deleted: usize) -> Self {
        Self::Done {
            users: counts.met(),
            new: counts.added,
            changed: counts.changed,
            unchanged: counts.unchanged,
            deleted,
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resumed { users } => {
                write!(
                    f,
                    "going on after {users} users, where a run was interrupted"
                )
            }
            Self::StaleCursor { .. } => f.write_str(
                "the user where a run was interrupted is gone: beginning with the first one again",
            ),
            Self::Page { page, users } => write!(f, "page {page}: {users} users so far"),
            Self::Waiting { seconds } => {
                write!(f, "WorkOS asks to slow down: waiting for {seconds} s")
            }
            Self::Done {
                users,
                new,
                changed,
                unchanged,
                deleted,
            } => write!(
                f,
                "{users} users: {new} new, {changed} changed, {unchanged} unchanged; {deleted} deleted"
            ),
            Self::Stopped { problem, fix, .. } => write!(f, "{problem}\n{fix}"),
        }
    }
}
