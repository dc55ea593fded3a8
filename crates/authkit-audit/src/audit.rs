//! The command `audit`: who did what, oldest first.
//!
//! Mounted by the app beside its own commands. Reads the app's database, and never calls WorkOS.

use crate::{log::AuditLog, row::Filter};
use authkit_cli::{Since, refuse};
use authkit_store::Store;
use jiff::Timestamp;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// What the help says besides the options.
const HELP: &str = "\
What the login tells has these actions: user.signed_in, user.sign_in_refused, user.signed_out, user.deleted,
session.revoked, session.organization_switched, session.switch_refused and request.forbidden. The app has its own.

Exit status: 0 if the trail was read, 1 if it could not be, 2 if there is no database.";

/// The arguments of `audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Audit {
    /// How far back, such as 90m, 12h or 7d
    #[arg(long, value_name = "TIME", default_value = "1d")]
    since: Since,

    /// Only of this user: user_…
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// Only this action, such as `user.signed_in`
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// The latest so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,

    /// One JSON object per line for each row; docs/users.md names its fields
    #[arg(long)]
    json: bool,
}

impl Audit {
    /// Prints the rows. Exit status 1 if they can't be read.
    pub async fn run(self, store: &Store) -> ExitCode {
        let filter = Filter {
            user_id: self.user,
            organization_id: None,
            action: self.action,
            since: Some(self.since.before(Timestamp::now())),
            // One more, to know whether there are more.
            limit: Some(self.limit + 1),
        };
        let mut rows = match AuditLog::new(store).rows(&filter).await {
            Ok(rows) => rows,
            Err(error) => {
                refuse(format!("the audit trail can't be read: {error}"));
                return ExitCode::FAILURE;
            }
        };
        if rows.len() > self.limit as usize {
            rows.remove(0);
            eprintln!(
                "there are older ones: ask for more with --limit, or for less with --user or --action"
            );
        }
        if rows.is_empty() {
            eprintln!("nothing of the kind within {}", self.since);
        }
        let mut out = io::stdout().lock();
        for row in &rows {
            let line = match self.json {
                true => serde_json::to_string(row).unwrap_or_default(),
                false => row.to_string(),
            };
            if writeln!(out, "{line}").is_err() {
                // The reader has closed the pipe.
                break;
            }
        }
        ExitCode::SUCCESS
    }
}
