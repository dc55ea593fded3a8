//! `authkit events`: what has happened at WorkOS, oldest first, and what happens while it follows.
//!
//! Asks WorkOS, never the app. Prints named fields of an event and nothing else: no token, code or secret.

mod line;
mod names;

use crate::{
    account::Account,
    app::App,
    obstacle::{Obstacle, obstacle, status},
    refuse,
    since::Since,
};
use authkit_leptos::server::workos::{EventPage, EventsFrom, Failure};
use jiff::{SignedDuration, Timestamp};
use line::{Emails, Line};
use names::EventName;
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

/// Pages that are listed, of a hundred each, unless it follows.
const PAGES: u32 = 100;
/// The age of the oldest event that WorkOS has.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Time between two questions while it follows.
const INTERVAL: Duration = Duration::from_secs(3);
/// Pauses after failures, which double.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What the help says besides the options.
const HELP: &str = "\
Without --kind it lists sign-ins, sessions, users and memberships. WorkOS keeps events for 30 days.

Exit status: 0 if all were listed, 1 if WorkOS could not be asked, 2 if the configuration is not complete.";

/// The arguments of `events`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Events {
    /// How far back, such as 90m, 12h or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = since)]
    since: Since,

    /// Only events of these names, with commas between them: session.created,session.revoked
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    kind: Vec<EventName>,

    /// Go on until interrupted, and print what happens
    #[arg(long)]
    follow: bool,

    /// One JSON object per line for each event; docs/users.md names its fields
    #[arg(long)]
    json: bool,
}

/// Why it ended before all was listed.
enum Stop {
    /// WorkOS did not answer.
    Unanswered(Failure),
    /// The reader has closed the pipe.
    Unread,
}

impl Events {
    /// Prints the events. Exit status 1 if WorkOS could not be asked.
    pub async fn run(self, app: &App) -> ExitCode {
        let account = match Account::open(app) {
            Ok(account) => account,
            Err(error) => return refuse(error),
        };
        match self.list(&account).await {
            Ok(()) | Err(Stop::Unread) => ExitCode::SUCCESS,
            Err(Stop::Unanswered(failure)) => unanswered(failure, &account).stop(),
        }
    }

    async fn list(&self, account: &Account) -> Result<(), Stop> {
        let names = self.names();
        let mut from = EventsFrom::Time(self.since.before(Timestamp::now()));
        let mut emails = Emails::default();
        let mut pause = FIRST_PAUSE;
        let mut pages = 0;
        let mut last_answer = Timestamp::now();
        loop {
            let asked_at = Timestamp::now();
            let EventPage { events, has_more } = match account.workos.events(&names, &from).await {
                Ok(page) => page,
                Err(failure) if self.follow && is_forgotten(&from, failure) => {
                    eprintln!(
                        "the last event is no longer known: going on with what came after it"
                    );
                    tokio::time::sleep(INTERVAL).await;
                    from = EventsFrom::Time(last_answer);
                    continue;
                }
                Err(failure) if self.follow && failure.may_pass() => {
                    let wait = failure.retry_after().unwrap_or(pause);
                    let Obstacle { problem, .. } = unanswered(failure, account);
                    eprintln!("{problem}: asking again in {} s", wait.as_secs());
                    tokio::time::sleep(wait).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
                Err(failure) => return Err(Stop::Unanswered(failure)),
            };
            (pause, last_answer) = (FIRST_PAUSE, asked_at);
            pages += 1;
            for event in &events {
                let mut line = Line::new(event, &mut emails);
                emails.complete(&mut line, &account.workos).await;
                self.say(&line)?;
            }
            let is_last = !has_more || events.is_empty();
            if let Some(last) = events.into_iter().next_back() {
                from = EventsFrom::Event(last.id);
            }
            match (is_last, self.follow) {
                (true, true) => tokio::time::sleep(INTERVAL).await,
                (true, false) => {
                    if let EventsFrom::Time(_) = from {
                        eprintln!("no such event within {}", self.since);
                    }
                    return Ok(());
                }
                (false, false) if pages == PAGES => {
                    eprintln!(
                        "there are more, and newer ones: ask for less, with --since or --kind"
                    );
                    return Ok(());
                }
                (false, _) => {}
            }
        }
    }

    fn names(&self) -> Vec<String> {
        match &self.kind[..] {
            [] => names::DEFAULT
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            kind => kind.iter().map(|name| name.0.clone()).collect(),
        }
    }

    fn say(&self, line: &Line) -> Result<(), Stop> {
        let said = match self.json {
            true => serde_json::to_string(line).unwrap_or_default(),
            false => line.to_string(),
        };
        writeln!(io::stdout(), "{said}").map_err(|_| Stop::Unread)
    }
}

/// # Errors
/// The sentence for a time from which WorkOS has no events any more.
fn since(text: &str) -> Result<Since, String> {
    let since: Since = text.parse().map_err(|error| format!("{error}"))?;
    match since.is_within(KEPT) {
        true => Ok(since),
        false => Err("more than 30 days: WorkOS has no older events".to_owned()),
    }
}

/// Whether it may be the cursor that WorkOS does not accept: names of events were accepted before.
fn is_forgotten(from: &EventsFrom, failure: Failure) -> bool {
    matches!(from, EventsFrom::Event(_)) && matches!(status(failure), Some(400 | 404 | 422))
}

fn unanswered(failure: Failure, account: &Account) -> Obstacle {
    match status(failure) {
        Some(status @ (400 | 422)) => obstacle(
            format!("WorkOS does not know one of the events (HTTP {status})"),
            "compare --kind with the names in https://workos.com/docs/events",
        ),
        _ => account.obstacle(failure, "read events"),
    }
}
