//! `authkit revoke`: ends sessions at WorkOS, and in the app at once where its database is known.
//!
//! Ends no session that was not named, or is not one of the named user. Asks before it ends all sessions of a user.

mod app_ledger;
mod outcome;

use crate::{
    account::Account,
    app::App,
    obstacle::{Obstacle, obstacle, status},
    patiently, refuse,
    user::{UserName, UserSessions, is_id},
};
use app_ledger::AppLedger;
use authkit_leptos::server::workos::{Failure, Revoked};
use outcome::{AtApp, AtWorkOs, Ended, Hearing};
use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::ExitCode,
    str::FromStr,
    time::Duration,
};

/// Pauses per call.
const PAUSES: u32 = 3;

/// What the help says besides the options.
const HELP: &str = "\
Where the app's database is known, every process of the app refuses the sessions within a second. Elsewhere the app
hears of it from WorkOS's webhook session.revoked, or when it renews the session. The command says which it was.

Exit status: 0 if the sessions are over at WorkOS, 1 if one is not, or the user is not known, 2 if nothing was tried.";

/// The arguments of `revoke`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Revoke {
    /// Ids of sessions (session_…), as `authkit sessions` lists them
    #[arg(
        value_name = "SESSION",
        required_unless_present = "user",
        conflicts_with = "user"
    )]
    sessions: Vec<SessionId>,

    /// All active sessions of the user with this id (user_…) or e-mail address
    #[arg(long, value_name = "USER")]
    user: Option<UserName>,

    /// End all sessions of a user without asking
    #[arg(long)]
    yes: bool,

    /// One JSON object per line for each session; docs/users.md names its fields
    #[arg(long)]
    json: bool,
}

/// The id of a session.
#[derive(Clone, Debug)]
struct SessionId(String);

/// The text is not the id of a session.
#[derive(Debug, thiserror::Error)]
#[error("not the id of a session (session_…)")]
struct NotASession;

impl FromStr for SessionId {
    type Err = NotASession;

    fn from_str(text: &str) -> Result<Self, NotASession> {
        let text = text.trim();
        match is_id(text, "session_") {
            true => Ok(Self(text.to_owned())),
            false => Err(NotASession),
        }
    }
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
#[error("all sessions of a user would end, and there is no terminal to ask at: add --yes")]
struct NotConfirmed;

impl Revoke {
    /// Ends the sessions. Exit status 1 if one could not be ended at WorkOS.
    pub async fn run(self, app: &App) -> ExitCode {
        if self.user.is_some() && !self.yes && !io::stdin().is_terminal() {
            return refuse(NotConfirmed);
        }
        let account = match Account::open(app) {
            Ok(account) => account,
            Err(error) => return refuse(error),
        };
        match self.revoke(&account, app).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(obstacle) => obstacle.stop(),
        }
    }

    /// Whether all of them are over at WorkOS.
    async fn revoke(self, account: &Account, app: &App) -> Result<bool, Obstacle> {
        let mut all_are_over = true;
        let ids: Vec<String> = match &self.user {
            None => self.sessions.iter().map(|it| it.0.clone()).collect(),
            Some(user) => {
                let found = UserSessions::find(user, account).await?;
                all_are_over = !found.has_more;
                let active = found.sessions.iter().filter(|it| it.ended_at.is_none());
                let ids: Vec<_> = active.map(|it| it.id.clone()).collect();
                if ids.is_empty() {
                    self.note(&format!("{}, {}: no active session", found.email, found.id));
                    return Ok(true);
                }
                if !self.yes && !is_confirmed(&found, ids.len()) {
                    self.note("nothing was revoked");
                    return Ok(false);
                }
                ids
            }
        };
        let ledger = AppLedger::open(app).await;
        let mut not_denied = None;
        for id in &ids {
            // In the app first: there it counts even while WorkOS is away.
            let denied = ledger.deny(id, app.revoked.as_ref()).await;
            let answer = patiently(PAUSES, say_pause, || account.workos.end_session(id)).await;
            let at_workos = match answer {
                Ok(Revoked::Now) => AtWorkOs::Revoked,
                Ok(Revoked::Before) => AtWorkOs::AlreadyEnded,
                Err(failure) => {
                    all_are_over = false;
                    AtWorkOs::Failed(unanswered(failure, account))
                }
            };
            let at_app = AtApp::new(&denied);
            if let Err(Some(said)) = denied {
                not_denied = Some(said);
            }
            self.say(&Ended {
                session: id,
                at_workos,
                at_app,
            });
        }
        self.note(&Hearing::new(account, &ledger, not_denied).to_string());
        if self.user.is_some() && !all_are_over {
            eprintln!("not all sessions of the user are over: run it again");
        }
        ledger.close().await;
        Ok(all_are_over)
    }

    fn say(&self, ended: &Ended<'_>) {
        let said = match self.json {
            true => serde_json::to_string(ended).unwrap_or_default(),
            false => ended.to_string(),
        };
        // A reader that has closed the pipe does not stop the work.
        let _ = writeln!(io::stdout(), "{said}");
    }

    /// Says something that is no object to people only.
    fn note(&self, sentence: &str) {
        match self.json {
            true => eprintln!("{sentence}"),
            false => {
                let _ = writeln!(io::stdout(), "{sentence}");
            }
        }
    }
}

fn say_pause(pause: Duration) {
    eprintln!(
        "WorkOS asks to slow down: waiting for {} s",
        pause.as_secs()
    );
}

fn unanswered(failure: Failure, account: &Account) -> Obstacle {
    match status(failure) {
        Some(status @ (400 | 422)) => obstacle(
            format!("WorkOS does not accept the id (HTTP {status})"),
            "compare it with those of `authkit sessions`; the session may have ended",
        ),
        _ => account.obstacle(failure, "revoke sessions"),
    }
}

/// Asks at the terminal.
fn is_confirmed(user: &UserSessions, count: usize) -> bool {
    eprint!(
        "End {count} active sessions of {}, {}? [y/N] ",
        user.email, user.id
    );
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}
