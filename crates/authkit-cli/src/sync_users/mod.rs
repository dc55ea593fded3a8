//! `sync-users`: brings an app's copy of its users up to date with WorkOS, page by page. Apps that have such a copy mount
//! [`SyncUsers`] beside the other commands, and implement [`UserTable`].
//!
//! Can be interrupted anywhere, and the next run continues. Never erases a user without asking WorkOS for that user
//! first, and erases none when the API key seems to be of another environment.

mod report;
mod stop;
mod table;

pub use table::{Counts, TableError, UserTable, Walk};

use crate::obstacle::Obstacle;
use authkit_leptos::server::{
    Config,
    workos::{Failure, UserPage, WorkOs},
};
use jiff::Timestamp;
use report::Report;
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use stop::Stop;

/// Pause when WorkOS limits the rate and sends no `Retry-After`.
const PAUSE: Duration = Duration::from_secs(5);
/// Pauses per call.
const PAUSES: u32 = 30;
/// Users that WorkOS is asked for before the walk, to check the environment.
const PROBES: i64 = 5;

/// What the help says besides the options.
const HELP: &str = "\
Exit status: 0 once all users are up to date, 1 if it had to stop before (run it again: it goes on), 2 if the
configuration is not complete.";

/// The arguments of `sync-users`.
///
/// ```
/// use authkit_cli::{SyncUsers, UserTable};
/// use authkit_leptos::server::Config;
/// use clap::Subcommand;
/// use std::process::ExitCode;
///
/// #[derive(Subcommand)]
/// enum Command {
///     /// Bring the app's copy of its users up to date with WorkOS
///     SyncUsers(SyncUsers),
/// }
///
/// async fn run(command: Command, config: &Config, users: &impl UserTable) -> ExitCode {
///     let Command::SyncUsers(sync) = command;
///     sync.run(config, users).await
/// }
/// ```
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct SyncUsers {
    /// Begin with the first user, also if a run before this one was interrupted
    #[arg(long)]
    restart: bool,

    /// Go on even if WorkOS knows none of the users in the database. Those of another environment are then
    /// marked as deleted, for good
    #[arg(long)]
    force: bool,

    /// One JSON object per line, for machines; docs/users.md names their fields
    #[arg(long)]
    json: bool,
}

impl SyncUsers {
    /// Exit status 1 if it stopped before the end.
    pub async fn run(self, config: &Config, table: &impl UserTable) -> ExitCode {
        let workos = match WorkOs::new(config) {
            Ok(workos) => workos,
            Err(failure) => return self.stopped(&Stop::from(failure), config, table).await,
        };
        match self.sync(&workos, table).await {
            Ok(report) => {
                self.say(&report);
                ExitCode::SUCCESS
            }
            Err(stop) => self.stopped(&stop, config, table).await,
        }
    }

    /// Checks the environment, walks through all users of WorkOS, then looks for deleted ones.
    async fn sync(&self, workos: &WorkOs, table: &impl UserTable) -> Result<Report, Stop> {
        if !self.force {
            self.probe(workos, table).await?;
        }
        let walk = self.walk(workos, table).await?;
        let deleted = self.remove_deleted(workos, table).await?;
        table.end(&walk).await?;
        Ok(Report::done(walk.counts, deleted))
    }

    /// Refuses to touch users of another environment: WorkOS has to know at least one of the latest.
    async fn probe(&self, workos: &WorkOs, table: &impl UserTable) -> Result<(), Stop> {
        let known = table.latest(PROBES).await?;
        for id in &known {
            if self.patiently(|| workos.has_user(id)).await? {
                return Ok(());
            }
        }
        match known.len() {
            0 => Ok(()),
            asked => Err(Stop::AnotherEnvironment { asked }),
        }
    }

    /// Walks through all users, from where an interrupted walk ended.
    async fn walk(&self, workos: &WorkOs, table: &impl UserTable) -> Result<Walk, Stop> {
        let interrupted = match self.restart {
            true => None,
            false => table.interrupted().await?,
        };
        let mut walk = match interrupted {
            Some(walk) => {
                self.say(&Report::resumed(walk.counts));
                walk
            }
            None => begin(table).await?,
        };
        let mut page = 0;
        loop {
            let UserPage { users, has_more } =
                match self.patiently(|| workos.users(walk.after())).await {
                    Err(failure) if walk.after().is_some() && stop::is_stale(failure) => {
                        self.say(&Report::StaleCursor {
                            users: walk.counts.met(),
                        });
                        walk = begin(table).await?;
                        page = 0;
                        continue;
                    }
                    answer => answer?,
                };
            if !users.is_empty() {
                walk = table.meet(&walk, &users).await?;
            }
            page += 1;
            let met = walk.counts.met();
            self.say(&Report::Page { page, users: met });
            if !has_more {
                break;
            }
        }
        Ok(walk)
    }

    /// Marks users as deleted that the walk has not met and WorkOS does not know. Returns their number.
    async fn remove_deleted(&self, workos: &WorkOs, table: &impl UserTable) -> Result<usize, Stop> {
        let mut deleted = 0;
        for id in table.unmet().await? {
            if self.patiently(|| workos.has_user(&id)).await? {
                continue;
            }
            table.remove(&id).await?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Repeats a call while WorkOS answers that it is rate limited.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut pauses = 0;
        loop {
            match ask().await {
                Err(Failure::RateLimited { retry_after }) if pauses < PAUSES => {
                    let pause = retry_after.unwrap_or(PAUSE);
                    self.say(&Report::Waiting {
                        seconds: pause.as_secs(),
                    });
                    tokio::time::sleep(pause).await;
                }
                answer => return answer,
            }
            pauses += 1;
        }
    }

    async fn stopped(&self, stop: &Stop, config: &Config, table: &impl UserTable) -> ExitCode {
        let Obstacle { problem, fix } = stop.obstacle(config);
        let walk = table.interrupted().await.ok().flatten();
        let users = walk.map_or(0, |walk| walk.counts.met());
        eprintln!("error: {problem}\n       {fix}");
        if users > 0 {
            eprintln!("       {users} users are up to date: the next run goes on after them");
        }
        if self.json {
            self.say(&Report::Stopped {
                users,
                problem,
                fix,
            });
        }
        ExitCode::FAILURE
    }

    fn say(&self, report: &Report) {
        let said = match self.json {
            true => serde_json::to_string(report).unwrap_or_default(),
            false => report.to_string(),
        };
        // A reader that has closed the pipe does not stop the work.
        let _ = writeln!(io::stdout(), "{said}");
    }
}

async fn begin(table: &impl UserTable) -> Result<Walk, TableError> {
    let walk = Walk {
        started_at: Timestamp::now().as_millisecond(),
        ..Walk::default()
    };
    table.begin(&walk).await?;
    Ok(walk)
}
