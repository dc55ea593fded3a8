//! `authkit sessions`: the sessions of a user at WorkOS, for operators of the app.
//!
//! Changes nothing. Prints what WorkOS says of a session, and never a token.

mod table;

use crate::{
    account::Account,
    app::App,
    obstacle::Obstacle,
    refuse,
    user::{UserName, UserSessions},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};
use table::{Row, Table};

/// What the help says besides the options.
const HELP: &str = "\
WorkOS lists active sessions only; one that has ended is in `authkit events`. It says from which address and
browser somebody signed in where it knows.

Exit status: 0 if WorkOS knows the user, 1 if it does not, or can't be asked, 2 if the configuration is not complete.";

/// The arguments of `sessions`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Sessions {
    /// The user's id (user_…) or e-mail address
    #[arg(long, value_name = "USER")]
    user: UserName,

    /// One JSON object per line for each session; docs/users.md names its fields
    #[arg(long)]
    json: bool,
}

impl Sessions {
    /// Prints the sessions. Exit status 1 if WorkOS does not know the user, or can't be asked.
    pub async fn run(self, app: &App) -> ExitCode {
        let account = match Account::open(app) {
            Ok(account) => account,
            Err(error) => return refuse(error),
        };
        match self.list(&account).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(obstacle) => obstacle.stop(),
        }
    }

    async fn list(&self, account: &Account) -> Result<(), Obstacle> {
        let found = UserSessions::find(&self.user, account).await?;
        let rows = found
            .sessions
            .iter()
            .map(|session| Row::new(session, &found.email));
        let mut said = String::new();
        if self.json {
            for row in rows {
                said += &serde_json::to_string(&row).unwrap_or_default();
                said.push('\n');
            }
        } else {
            said = Table::new(&found, rows.collect()).to_string();
        }
        // A reader that has closed the pipe has seen enough.
        let _ = write!(io::stdout(), "{said}");
        if found.has_more {
            eprintln!(
                "there are more: these are the newest {}",
                found.sessions.len()
            );
        }
        Ok(())
    }
}
