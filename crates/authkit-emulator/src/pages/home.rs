//! The page at `/`: what the emulator is, its users, and the live sessions. Caller: `bend::home`.
//! It shows no secret; the seeded password is public.

use axum::http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, html};

use super::Page;
use super::layout::mark;
use crate::state::clock::rfc3339;
use crate::state::seed::SEEDED_PASSWORD;
use crate::state::store::model::User;

/// What the page shows.
pub struct View<'a> {
    pub client_id: &'a str,
    pub issuer: &'a str,
    pub redirect_uris: &'a [String],
    pub development_users: &'a [String],
    /// The live sessions; `None` shows nothing about them.
    pub sessions: Option<LiveSessions>,
    pub now: Timestamp,
}

/// A session as the page shows it.
pub struct LiveSession {
    pub id: String,
    pub user: User,
    pub organization: Option<String>,
    pub began: Timestamp,
}

/// The newest live sessions, and the number of all.
pub struct LiveSessions {
    pub newest: Vec<LiveSession>,
    pub count: usize,
}

/// The page.
pub fn page(view: &View<'_>) -> Page {
    let main = html! {
        div.stack { div.card.floats.stack {
            (mark())
            h1 { "AuthKit emulator" }
            p { "It stands in for WorkOS while you develop. Your app sends people here to sign in." }
            dl.stack {
                (fact("Client id", &[view.client_id]))
                (fact("Issuer", &[view.issuer]))
                (fact("Redirect URIs", view.redirect_uris))
                (fact("Development users", view.development_users))
                (fact("Their password", &[SEEDED_PASSWORD]))
            }
        }
        @if let Some(sessions) = &view.sessions {
            (list(sessions, view.now))
            p { a href="/impersonate" { "Impersonate a user" } }
        }
        }
    };
    Page {
        status: StatusCode::OK,
        title: "About",
        main,
        form_target: None,
    }
}

fn list(sessions: &LiveSessions, now: Timestamp) -> Markup {
    let hidden = sessions.count - sessions.newest.len();
    html! {
        section.people aria-labelledby="sessions" {
            h2 #sessions { "Live sessions" }
            @if sessions.count == 0 {
                p.quiet { "Nobody is signed in to your app." }
            } @else {
                p.quiet { "Ending one here revokes it, as an administrator would." }
            }
        }
        @if sessions.count > 0 {
            table.table {
                thead { tr { th scope="col" { "Who" } th scope="col" { "Since" } td {} } }
                tbody { @for session in &sessions.newest { (live(session, now)) } }
            }
        }
        @if hidden > 0 { p.quiet.small { "And " (hidden) " older ones." } }
    }
}

fn live(session: &LiveSession, now: Timestamp) -> Markup {
    let name = session.user.display_name();
    let place = session.organization.as_deref().unwrap_or("no organization");
    html! {
        tr {
            th scope="row" { (name) }
            td {
                time datetime=(rfc3339(session.began)) { (ago(session.began, now)) }
                div.quiet.small { (place) }
            }
            td {
                form method="post" action="/sessions/end" {
                    input type="hidden" name="session_id" value=(session.id);
                    button.button type="submit" aria-label={ "End session of " (name) } {
                        "End session"
                    }
                }
            }
        }
    }
}

/// Time since `then`, in its largest unit.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    let (count, unit) = match minutes {
        ..1 => return "just now".to_owned(),
        1..60 => (minutes, "minute"),
        60..1440 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

fn fact(name: &str, values: &[impl AsRef<str>]) -> Markup {
    html! {
        div {
            dt.quiet { (name) }
            @for value in values { dd { code { (value.as_ref()) } } }
        }
    }
}
