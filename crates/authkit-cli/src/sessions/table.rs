//! Sessions as they are printed: a table for people, an object each for programs.
//!
//! The names of the object's fields are a promise, kept in docs/users.md. Texts that came from a browser are escaped.

use crate::{user::UserSessions, when::when};
use authkit_leptos::server::token::shown;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use workos::{UserSessionsImpersonator, UserSessionsListItem};

/// Longest description of a browser in the table, in characters.
const BROWSER: usize = 48;
/// What stands for a value that WorkOS does not know.
const UNKNOWN: &str = "-";
const HEADINGS: [&str; 6] = ["SESSION", "SINCE", "METHOD", "ADDRESS", "STATUS", "BROWSER"];

/// What is printed of one session.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    session: &'a str,
    user: &'a str,
    email: &'a str,
    organization: Option<&'a str>,
    /// RFC 3339, as WorkOS says it; so are the other times.
    created_at: &'a str,
    expires_at: &'a str,
    ended_at: Option<&'a str>,
    status: &'a str,
    method: &'a str,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    impersonator: Option<Impersonator<'a>>,
}

/// Who signed in as the user.
#[derive(Debug, Serialize)]
struct Impersonator<'a> {
    email: &'a str,
    reason: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// What is printed of this session of the user with this address.
    pub fn new(session: &'a UserSessionsListItem, email: &'a str) -> Self {
        let impersonator = |it: &'a UserSessionsImpersonator| Impersonator {
            email: &it.email,
            reason: it.reason.as_deref(),
        };
        Self {
            session: &session.id,
            user: &session.user_id,
            email,
            organization: session.organization_id.as_deref(),
            created_at: &session.created_at,
            expires_at: &session.expires_at,
            ended_at: session.ended_at.as_deref(),
            status: session.status.as_str(),
            method: session.auth_method.as_str(),
            ip_address: session.ip_address.as_deref(),
            user_agent: session.user_agent.as_deref(),
            impersonator: session.impersonator.as_ref().map(impersonator),
        }
    }

    fn cells(&self) -> [String; 6] {
        let known = |text: Option<&str>| text.map_or_else(|| UNKNOWN.to_owned(), shown);
        let status = match self.ended_at {
            Some(at) => format!("{} {}", shown(self.status), when(at)),
            None => shown(self.status),
        };
        [
            shown(self.session),
            when(self.created_at),
            shown(self.method),
            known(self.ip_address),
            status,
            known(self.user_agent).chars().take(BROWSER).collect(),
        ]
    }
}

/// The sessions of a user, as people read them.
pub struct Table<'a> {
    user: &'a UserSessions,
    rows: Vec<Row<'a>>,
}

impl<'a> Table<'a> {
    pub fn new(user: &'a UserSessions, rows: Vec<Row<'a>>) -> Self {
        Self { user, rows }
    }
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (email, id) = (shown(&self.user.email), shown(&self.user.id));
        if self.rows.is_empty() {
            return writeln!(f, "{email}, {id}: no active session");
        }
        writeln!(f, "{email}, {id}")?;
        let cells: Vec<_> = self.rows.iter().map(Row::cells).collect();
        let mut widths = HEADINGS.map(str::len);
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |f: &mut Formatter<'_>, row: &[String; 6]| {
            let padded = row.iter().zip(widths);
            let padded: Vec<_> = padded.map(|(it, width)| format!("{it:<width$}")).collect();
            writeln!(f, "{}", padded.join("  ").trim_end())
        };
        line(f, &HEADINGS.map(str::to_owned))?;
        for (row, cells) in self.rows.iter().zip(&cells) {
            line(f, cells)?;
            if let Some(Impersonator { email, reason }) = &row.impersonator {
                write!(f, "  impersonated by {}", shown(email))?;
                match reason {
                    Some(reason) => writeln!(f, ": {}", shown(reason))?,
                    None => writeln!(f)?,
                }
            }
        }
        Ok(())
    }
}
