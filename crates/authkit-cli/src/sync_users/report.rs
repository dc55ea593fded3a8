//! Progress of `sync-users`, for people and for machines.
//!
//! Has counts only: no name, address or id of a user.

use super::Counts;
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
    /// WorkOS no longer knows the place where the walk was interrupted.
    StaleCursor {
        /// Users met before, which the walk will meet again.
        users: i64,
    },
    /// A page of users is stored.
    Page {
        /// Number of the page in this run, from 1.
        page: u32,
        /// Users met so far, in earlier runs too.
        users: i64,
    },
    /// WorkOS limits the rate.
    Waiting {
        /// Length of the pause.
        seconds: u64,
    },
    /// All users are up to date.
    Done {
        /// All users of WorkOS.
        users: i64,
        /// Users that had no row.
        new: i64,
        /// Users whose row was older.
        changed: i64,
        /// Users whose row was up to date.
        unchanged: i64,
        /// Users that WorkOS no longer has.
        deleted: usize,
    },
    /// It stopped before the end.
    Stopped {
        /// Users met so far: the next run continues after them.
        users: i64,
        /// The problem.
        problem: String,
        /// The fix.
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
