//! One event as it is printed: a line for people, an object for programs.
//!
//! Takes named fields out of WorkOS's data and nothing else: some events carry codes, addresses with tokens in them, and
//! whole profiles. The names of the object's fields are a promise, kept in docs/users.md.

use crate::when::when;
use authkit_leptos::server::{token::shown, workos::WorkOs};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::HashMap,
    fmt::{self, Display, Formatter},
};
use workos::EventSchema;

/// Columns of an event's name.
const NAME: usize = 32;
/// Longest description of a browser in a line, in characters.
const BROWSER: usize = 48;

/// Users whose address WorkOS is asked for in one run.
const LOOKUPS: usize = 100;

/// The addresses of users: those that events tell, and those that WorkOS was asked for.
#[derive(Default)]
pub struct Emails {
    /// By user; `None` where WorkOS did not say.
    known: HashMap<String, Option<String>>,
    lookups: usize,
}

/// What is printed of an event.
#[derive(Debug, Serialize)]
pub struct Line {
    event: String,
    id: String,
    /// RFC 3339, as WorkOS says it.
    created_at: String,
    user: Option<String>,
    /// The address of the user.
    email: Option<String>,
    session: Option<String>,
    organization: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    /// The address of who signed in as the user.
    impersonator: Option<String>,
    /// The code of an error, of an authentication that has failed.
    error: Option<String>,
}

impl Line {
    /// What is printed of this event.
    pub fn new(event: &EventSchema, emails: &mut Emails) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let field = |name| text(event.data.get(name));
        let inner = |name, inner: &str| text(event.data.get(name).and_then(|it| it.get(inner)));
        let id_of = |kind| field("id").filter(|_| field("object").as_deref() == Some(kind));
        let user = field("user_id").or_else(|| id_of("user"));
        Self {
            event: event.event.clone(),
            id: event.id.clone(),
            created_at: event.created_at.clone(),
            email: emails.of(user.as_deref(), field("email")),
            user,
            session: field("session_id").or_else(|| id_of("session")),
            organization: field("organization_id"),
            ip_address: field("ip_address"),
            user_agent: field("user_agent"),
            impersonator: inner("impersonator", "email"),
            error: inner("error", "code"),
        }
    }
}

impl Emails {
    /// Adds the address to a line whose event does not say it, asking WorkOS once per user. Without an answer the line has
    /// none.
    pub async fn complete(&mut self, line: &mut Line, workos: &WorkOs) {
        let Some(user) = line.user.as_ref().filter(|_| line.email.is_none()) else {
            return;
        };
        if !self.known.contains_key(user) && self.lookups < LOOKUPS {
            self.lookups += 1;
            let found = workos.user(user).await.ok().flatten();
            let email = found.map(|found| found.user.email);
            self.known.insert(user.clone(), email);
        }
        line.email = self.known.get(user).cloned().flatten();
    }

    /// The address that the event says, or an earlier event has said of the user.
    fn of(&mut self, user: Option<&str>, said: Option<String>) -> Option<String> {
        match (user, said) {
            (Some(user), Some(email)) => {
                self.known.insert(user.to_owned(), Some(email.clone()));
                Some(email)
            }
            (Some(user), None) => self.known.get(user).cloned().flatten(),
            (None, said) => said,
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |text: &Option<String>| text.as_deref().map(shown);
        let called =
            |word: &str, text: &Option<String>| plain(text).map(|it| format!("{word} {it}"));
        let browser = plain(&self.user_agent).map(|it| it.chars().take(BROWSER).collect());
        let parts = [
            plain(&self.user),
            plain(&self.email),
            called("impersonated by", &self.impersonator),
            called("error", &self.error),
            called("from", &self.ip_address),
            browser,
            plain(&self.session),
            plain(&self.organization),
        ];
        let name = shown(&self.event);
        write!(f, "{}  {name:<NAME$}", when(&self.created_at))?;
        let mut parts = parts.into_iter().flatten();
        parts.try_for_each(|part: String| write!(f, "  {part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(name: &str, data: Value) -> EventSchema {
        let event = json!({
            "object": "event",
            "id": "event_1",
            "event": name,
            "created_at": "2026-11-27T03:04:05.678Z",
            "data": data,
        });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn what_is_not_named_is_not_printed() {
        let event = event(
            "invitation.created",
            json!({
                "object": "invitation",
                "id": "invitation_1",
                "email": "new@example.com",
                "token": "Z1uX3RbwcIl5fIGJJJCXXisdI",
                "accept_invitation_url": "https://app.example/?invitation_token=Z1uX3RbwcIl5fIGJJJCXXisdI",
                "code": "123456",
            }),
        );
        let line = Line::new(&event, &mut Emails::default());
        let said = format!("{line} {}", serde_json::to_string(&line).unwrap());
        assert!(
            !said.contains("Z1uX3") && !said.contains("123456"),
            "{said}"
        );
        assert!(said.contains("new@example.com"), "{said}");
    }

    #[test]
    fn an_address_that_one_event_has_told_is_shown_with_the_next() {
        let mut emails = Emails::default();
        let signed_in = json!({
            "type": "password",
            "status": "succeeded",
            "user_id": "user_1",
            "email": "ada@example.com",
            "ip_address": "203.0.113.7",
            "user_agent": "Firefox\u{1b}[2J",
        });
        let first = event("authentication.password_succeeded", signed_in);
        let first = Line::new(&first, &mut emails).to_string();
        assert_eq!(
            first,
            "2026-11-27 03:04:05Z  authentication.password_succeeded  user_1  ada@example.com  from 203.0.113.7  \
             Firefox\\u{1b}[2J"
        );
        let session = json!({ "object": "session", "id": "session_1", "user_id": "user_1" });
        let second = event("session.created", session);
        let second = Line::new(&second, &mut emails).to_string();
        assert!(
            second.ends_with("user_1  ada@example.com  session_1"),
            "{second}"
        );
    }
}
