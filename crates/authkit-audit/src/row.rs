//! [`Row`]: a row of the trail as it is read, and [`Filter`], which ones.
//!
//! Read by the command `audit` and by whatever page an app makes of it. Its names as JSON are a promise: docs/users.md.

use authkit_cli::when;
use authkit_leptos::server::token::shown;
use authkit_store::Connection;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt::{self, Display, Formatter, Write as _};

const COLUMNS: &str = "occurred_at, action, user_id, session, organization_id, impersonator, target, because, \
                       ip_address, user_agent, request_id";
/// Columns of an action's name.
const ACTION: usize = 28;
/// Longest description of a browser in a line, in characters.
const BROWSER: usize = 48;

/// A row of the table: an action, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
#[non_exhaustive]
pub struct Row {
    /// Milliseconds since the epoch.
    pub occurred_at: i64,
    /// An object and what became of it: `user.signed_in`.
    pub action: String,
    /// Who did it, or was refused; for what WorkOS or the app did, whom it concerns.
    pub user_id: Option<String>,
    /// The session, as the log names it.
    pub session: Option<String>,
    /// The organization that the session was in.
    pub organization_id: Option<String>,
    /// The address of who acted for the user.
    pub impersonator: Option<String>,
    /// What it was about.
    pub target: Option<String>,
    /// Why it was refused, or who ended it.
    pub because: Option<String>,
    /// The client's address.
    pub ip_address: Option<String>,
    /// What the client said of itself.
    pub user_agent: Option<String>,
    /// Under which the log has the request.
    pub request_id: Option<String>,
}

/// Which rows are read: all of them, if nothing else is said.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this user.
    pub user_id: Option<String>,
    /// Of sessions in this organization.
    pub organization_id: Option<String>,
    /// With this action.
    pub action: Option<String>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Of these the latest, so many; a hundred by default.
    pub limit: Option<u32>,
}

impl Row {
    pub(crate) async fn latest(
        filter: &Filter,
        connection: &mut Connection,
    ) -> Result<Vec<Self>, sqlx::Error> {
        // Only what is asked for, so that the database takes the index there is for it.
        let wanted = [
            ("user_id", &filter.user_id),
            ("organization_id", &filter.organization_id),
            ("action", &filter.action),
        ];
        let wanted = wanted
            .into_iter()
            .filter_map(|(name, it)| Some((name, it.as_deref()?)));
        let mut statement = format!("SELECT {COLUMNS} FROM audit_event WHERE occurred_at >= $1");
        for (number, (name, _)) in wanted.clone().enumerate() {
            let _ = write!(statement, " AND {name} = ${}", number + 3);
        }
        statement.push_str(" ORDER BY id DESC LIMIT $2");
        let rows = sqlx::query_as(&statement)
            .bind(filter.since.map_or(i64::MIN, Timestamp::as_millisecond))
            .bind(i64::from(filter.limit.unwrap_or(100)));
        let rows = wanted.fold(rows, |rows, (_, it)| rows.bind(it));
        let mut rows: Vec<Self> = rows.fetch_all(connection).await?;
        rows.reverse();
        Ok(rows)
    }
}

/// One line. What a client or WorkOS wrote is escaped.
impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |text: &Option<String>| text.as_deref().map(shown);
        let called =
            |word: &str, text: &Option<String>| plain(text).map(|it| format!("{word} {it}"));
        let at = Timestamp::from_millisecond(self.occurred_at).unwrap_or_default();
        let browser = plain(&self.user_agent).map(|it| it.chars().take(BROWSER).collect());
        let parts = [
            plain(&self.user_id),
            plain(&self.target),
            called("because:", &self.because),
            called("impersonated by", &self.impersonator),
            called("from", &self.ip_address),
            browser,
            called("session", &self.session),
            plain(&self.organization_id),
        ];
        let action = shown(&self.action);
        write!(f, "{}  {action:<ACTION$}", when(&at.to_string()))?;
        let mut parts = parts.into_iter().flatten();
        parts.try_for_each(|part: String| write!(f, "  {part}"))
    }
}
