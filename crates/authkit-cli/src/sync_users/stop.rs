//! Why `sync-users` stopped before the end, and the fix.
//!
//! What was stored before stays stored, so each fix ends with running it again.

use super::TableError;
use crate::obstacle::{Obstacle, key, obstacle, status};
use authkit_leptos::server::{Config, workos::Failure};

/// What every fix ends with.
const AGAIN: &str = "and run sync-users again";

/// Why it stopped.
#[derive(Debug)]
pub enum Stop {
    /// A call of WorkOS failed.
    WorkOs(Failure),
    /// The database failed, or another process continues the same walk.
    Table(TableError),
    /// WorkOS knows none of the users asked for.
    AnotherEnvironment {
        /// Number of users asked for.
        asked: usize,
    },
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::WorkOs(failure)
    }
}

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

/// Whether it may be the cursor that WorkOS does not accept.
pub fn is_stale(failure: Failure) -> bool {
    matches!(status(failure), Some(400 | 404 | 422))
}

impl Stop {
    pub fn obstacle(&self, config: &Config) -> Obstacle {
        match self {
            Self::WorkOs(failure) => unanswered(*failure, config),
            Self::Table(TableError::Overtaken) => obstacle(
                "another sync-users is at work on this database",
                "let it finish: there is nothing left to do here",
            ),
            Self::Table(TableError::Database(error)) => obstacle(
                format!("the database did not take it: {error}"),
                format!("see to the database {AGAIN}"),
            ),
            Self::AnotherEnvironment { asked } => obstacle(
                match asked {
                    1 => "WorkOS does not know the user of the database, so nothing was changed"
                        .to_owned(),
                    _ => format!(
                        "WorkOS knows none of the {asked} users of the database that changed last, so nothing \
                         was changed"
                    ),
                },
                format!(
                    "see that {} and the database are of the same environment; if they are, or if the users \
                     of the other one shall be marked as deleted: --force",
                    key(config)
                ),
            ),
        }
    }
}

fn unanswered(failure: Failure, config: &Config) -> Obstacle {
    let (key, origin) = (key(config), config.api.origin());
    match status(failure) {
        Some(403) => obstacle(
            format!("{key} is not authorised to read users (HTTP 403)"),
            format!(
                "let it in the dashboard, API Keys, or use a key without restrictions, {AGAIN}"
            ),
        ),
        Some(status @ (408 | 500..)) => obstacle(
            format!("WorkOS answered HTTP {status}, an error of its own"),
            format!("look at https://status.workos.com {AGAIN}"),
        ),
        Some(status) => obstacle(
            format!("{origin} answered HTTP {status}, but not as WorkOS does"),
            format!("check WORKOS_API_HOSTNAME {AGAIN}"),
        ),
        None => {
            let Obstacle { problem, fix } = Obstacle::to_anything(failure, config);
            obstacle(problem, format!("{fix}, {AGAIN}"))
        }
    }
}
