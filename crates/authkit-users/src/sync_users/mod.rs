//! `sync-users`: brings the table of users up to date with WorkOS, page by page. Apps mount [`SyncUsers`] beside their other
//! commands.
//!
//! Can be interrupted anywhere, and the next run continues. Never erases a user without asking WorkOS for that user
//! first, and erases none when the API key seems to be of another environment.

mod report;
mod stop;

use crate::{
    rows,
    walk::{self, Walk},
};
use authkit_cli::obstacle::Obstacle;
use authkit_leptos::server::{
    Config,
    workos::{Failure, UserPage, WorkOs},
};
use authkit_live::server::Store;
use report::Report;
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use stop::Stop;

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
/// use authkit_leptos::server::Config;
/// use authkit_live::server::Store;
/// use authkit_users::SyncUsers;
/// use clap::Subcommand;
/// use std::process::ExitCode;
///
/// #[derive(Subcommand)]
/// enum Command {
///     /// Bring the app's copy of its users up to date with WorkOS
///     SyncUsers(SyncUsers),
/// }
///
/// async fn run(command: Command, config: &Config, store: &Store) -> ExitCode {
///     let Command::SyncUsers(sync) = command;
///     sync.run(config, store).await
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
    pub async fn run(self, config: &Config, store: &Store) -> ExitCode {
        let workos = match WorkOs::new(config) {
            Ok(workos) => workos,
            Err(failure) => return self.stopped(&Stop::from(failure), config, store).await,
        };
        match self.sync(&workos, store).await {
            Ok(report) => {
                self.say(&report);
                ExitCode::SUCCESS
            }
            Err(stop) => self.stopped(&stop, config, store).await,
        }
    }

    /// Checks the environment, walks through all users of WorkOS, then looks for deleted ones.
    async fn sync(&self, workos: &WorkOs, store: &Store) -> Result<Report, Stop> {
        if !self.force {
            self.probe(workos, store).await?;
        }
        let walk = self.walk(workos, store).await?;
        let deleted = self.remove_deleted(&walk, workos, store).await?;
        let counts = walk.counts();
        walk.end(store).await?;
        Ok(Report::done(counts, deleted))
    }

    /// Refuses to touch users of another environment: WorkOS has to know at least one of the latest.
    async fn probe(&self, workos: &WorkOs, store: &Store) -> Result<(), Stop> {
        let known = walk::latest(PROBES, store).await?;
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
    async fn walk(&self, workos: &WorkOs, store: &Store) -> Result<Walk, Stop> {
        let interrupted = match self.restart {
            true => None,
            false => Walk::interrupted(store).await?,
        };
        let mut walk = match interrupted {
            Some(walk) => {
                self.say(&Report::resumed(walk.counts()));
                walk
            }
            None => Walk::begin(store).await?,
        };
        let mut page = 0;
        loop {
            let UserPage { users, has_more } =
                match self.patiently(|| workos.users(walk.cursor())).await {
                    Err(failure) if walk.cursor().is_some() && stop::is_stale(failure) => {
                        self.say(&Report::StaleCursor {
                            users: walk.counts().met(),
                        });
                        walk = Walk::begin(store).await?;
                        page = 0;
                        continue;
                    }
                    answer => answer?,
                };
            walk.meet(&users, store).await?;
            page += 1;
            let met = walk.counts().met();
            self.say(&Report::Page { page, users: met });
            if !has_more {
                break;
            }
        }
        Ok(walk)
    }

    /// Marks users as deleted that the walk has not met and WorkOS does not know. Returns their number.
    async fn remove_deleted(
        &self,
        walk: &Walk,
        workos: &WorkOs,
        store: &Store,
    ) -> Result<usize, Stop> {
        let mut deleted = 0;
        for id in walk.unmet(store).await? {
            if self.patiently(|| workos.has_user(&id)).await? {
                continue;
            }
            let mut write = store.write().await?;
            rows::remove(&id, &mut write).await?;
            write.commit().await?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Repeats a call while WorkOS answers that it is rate limited.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let say = |pause: Duration| {
            self.say(&Report::Waiting {
                seconds: pause.as_secs(),
            });
        };
        authkit_cli::patiently(PAUSES, say, ask).await
    }

    async fn stopped(&self, stop: &Stop, config: &Config, store: &Store) -> ExitCode {
        let Obstacle { problem, fix } = stop.obstacle(config);
        let walk = Walk::interrupted(store).await.ok().flatten();
        let users = walk.map_or(0, |walk| walk.counts().met());
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
