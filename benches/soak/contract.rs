//! The contract: what a person may be told while things fail around the app, and nothing else. In one place, from
//! docs/sessions.md ("When something is out of reach"), docs/live.md ("Busy or away", "A stream ends") and
//! docs/limits.md.
//!
//! | What is asked | While something is out of reach, it may be |
//! | --- | --- |
//! | a page, a server function | 503 with `Retry-After`: the session can't be checked, or the database is away |
//! | to add a number | the same; `unavailable`: not done; `unconfirmed`: perhaps done |
//! | to sign in | the page that explains: 503 `authkit_unreachable`, 503 `authkit_rate_limited`, 502 `authkit_broken` |
//! | a stream | 503 with `Retry-After`; ended with 4401, 4402 or 1012, or in the middle of a message |
//! | anything, of a process that is restarted | no answer |
//!
//! A 401, or being led to a sign-in, says that the session is over: only for those who have ended it, or whose session
//! was revoked. Only the attacker is answered with 429.

use crate::browser::{Answer, Reply};
use authkit_leptos::{AuthError, AuthState};
use authkit_live::Refused;
use authkit_live::close;
use reqwest::StatusCode;

/// How a person is answered.
#[derive(Debug)]
pub enum Told {
    /// What was asked for.
    Done,
    /// There is no session.
    SignedOut,
    /// In the contract: not now. By a name for the table.
    Later(&'static str),
    /// Not in the contract.
    Outside(String),
}

/// Reasons of the page that explains a failed sign-in, and their statuses.
const SIGN_IN: [(&str, u16, &str); 3] = [
    (
        "authkit_unreachable",
        503,
        "sign-in: AuthKit out of reach (503)",
    ),
    ("authkit_rate_limited", 503, "sign-in: AuthKit busy (503)"),
    ("authkit_broken", 502, "sign-in: AuthKit broken (502)"),
];
/// The connection to a process that is restarted.
const NO_ANSWER: &str = "no answer: the process restarted";

/// The answer, or what no answer means.
fn answered<'a>(what: &str, reply: &'a Reply) -> Result<&'a Answer, Told> {
    match (&reply.answer, reply.process_was_there) {
        (Some(answer), _) => Ok(answer),
        (None, false) => Err(Told::Later(NO_ANSWER)),
        (None, true) => Err(Told::Outside(format!("{what}: no answer"))),
    }
}

fn outside(what: &str, answer: &Answer) -> Told {
    // Of a page its title, of another answer its beginning.
    let body = answer.body.split_once("<title>");
    let body = body.map_or(answer.body.as_str(), |(_, title)| title);
    let start: String = body.chars().take_while(|it| *it != '<').take(80).collect();
    let status = answer.status.as_u16();
    let headers = match answer.headers.get("location") {
        Some(location) => format!(" to {}", location.to_str().unwrap_or_default()),
        None => String::new(),
    };
    Told::Outside(format!("{what}: {status}{headers} {start:?}"))
}

/// A 503 that may be: it says when to come back.
fn later(what: &str, answer: &Answer, name: &'static str) -> Told {
    match answer.has_retry_after() {
        true => Told::Later(name),
        false => outside(&format!("{what}, without Retry-After"), answer),
    }
}

/// A page that is for its user only, or has a part that is. `own` is what is on it for that user.
pub fn page(path: &str, reply: &Reply, own: &str) -> Told {
    let answer = match answered(path, reply) {
        Ok(answer) => answer,
        Err(told) => return told,
    };
    let signs_in = answer
        .location()
        .is_some_and(|target| target.path() == "/sign-in");
    match answer.status {
        StatusCode::OK if answer.body.contains(own) => Told::Done,
        StatusCode::OK if !answer.body.contains("action=\"/sign-out\"") => Told::SignedOut,
        StatusCode::FOUND if signs_in => Told::SignedOut,
        StatusCode::SERVICE_UNAVAILABLE => {
            let name = if answer.body.contains("You have not been signed out") {
                "page: the session can’t be checked (503)"
            } else if path == "/account/organizations" {
                "page: the organizations can’t be listed (503)"
            } else {
                "page: the database is away (503)"
            };
            later(path, answer, name)
        }
        _ => outside(path, answer),
    }
}

/// `GET /auth/session`, for a page that is `email`'s.
pub fn session(reply: &Reply, email: &str) -> Told {
    let what = "/auth/session";
    let answer = match answered(what, reply) {
        Ok(answer) => answer,
        Err(told) => return told,
    };
    match (answer.status, serde_json::from_str(&answer.body)) {
        (StatusCode::OK, Ok(AuthState::SignedIn(identity))) if identity.user.email == email => {
            Told::Done
        }
        (StatusCode::OK, Ok(AuthState::SignedIn(identity))) => {
            Told::Outside(format!("{what}: {} is {email}", identity.user.email))
        }
        (StatusCode::OK, Ok(AuthState::SignedOut)) => Told::SignedOut,
        (StatusCode::OK, Ok(AuthState::Unavailable(_))) => {
            Told::Later("script: the session can’t be checked")
        }
        _ => outside(what, answer),
    }
}

/// A mutation, a query or any other server function, called by script.
pub fn function(path: &str, reply: &Reply) -> Told {
    let answer = match answered(path, reply) {
        Ok(answer) => answer,
        Err(told) => return told,
    };
    match (answer.status, error(answer)) {
        (StatusCode::OK, _) => Told::Done,
        (StatusCode::UNAUTHORIZED, Some(refused)) if refused.is_signed_out() => Told::SignedOut,
        (StatusCode::SERVICE_UNAVAILABLE, Some(refused)) => {
            let name = match refused.code.as_str() {
                "unavailable" => "script: the session can’t be checked (503)",
                "database_unavailable" => "script: the database is away, not done (503)",
                UNCONFIRMED => "script: not confirmed, perhaps done (503)",
                _ => return outside(path, answer),
            };
            later(path, answer, name)
        }
        _ => outside(path, answer),
    }
}

/// The reason code of a mutation of which nobody knows whether it was done.
pub const UNCONFIRMED: &str = "unconfirmed";

/// Why a mutation, a query or a server function was refused.
pub fn error(answer: &Answer) -> Option<Refused> {
    let of_numbers = serde_json::from_str(&answer.body).ok();
    of_numbers.or_else(|| {
        let of_auth: AuthError = serde_json::from_str(&answer.body).ok()?;
        Some(Refused::from(&of_auth))
    })
}

/// A step of the sign-in that should lead to `target`, which is done then.
pub fn step(path: &str, reply: &Reply, target: impl Fn(&str, &str) -> bool) -> Told {
    let answer = match answered(path, reply) {
        Ok(answer) => answer,
        Err(told) => return told,
    };
    let Some(leads_to) = answer.location() else {
        return outside(path, answer);
    };
    let host = leads_to.authority();
    if target(host, leads_to.path()) {
        return Told::Done;
    }
    let mut query = leads_to.query_pairs();
    let reason = query.find(|(name, _)| name == "reason");
    let reason = reason.map(|(_, reason)| reason.into_owned());
    match reason {
        Some(reason) if leads_to.path() == "/sign-in-failed" => {
            let known = SIGN_IN.iter().find(|(known, ..)| *known == reason);
            match known {
                Some((_, _, name)) => Told::Later(name),
                None => outside(path, answer),
            }
        }
        _ => outside(path, answer),
    }
}

/// The page that explains why a sign-in failed has the status that belongs to its reason.
pub fn explanation(reply: &Reply, path: &str) -> Result<(), String> {
    let answer = match answered(path, reply) {
        Ok(answer) => answer,
        Err(Told::Outside(why)) => return Err(why),
        Err(_) => return Ok(()),
    };
    let status = answer.status.as_u16();
    let fits = |(reason, of_reason, _): &(&str, u16, &str)| {
        let waits = answer.has_retry_after() == (status == 503);
        path.contains(reason) && status == *of_reason && answer.body.contains(reason) && waits
    };
    match SIGN_IN.iter().any(fits) {
        true => Ok(()),
        false => Err(format!("{path}: {status}")),
    }
}

/// A handshake that was refused.
pub fn handshake(status: u16, has_retry_after: bool) -> Told {
    match status {
        503 if has_retry_after => Told::Later("stream: not now (503)"),
        _ => Told::Outside(format!("stream: handshake refused with {status}")),
    }
}

/// A stream that has ended: by the server, with a code, or without a word.
pub fn stream(code: Option<u16>, process_was_there: bool) -> Told {
    match code {
        Some(close::RENEW) => Told::Done,
        Some(close::RESTART) if !process_was_there => Told::Later("stream: restart (1012)"),
        Some(close::SESSION_OVER) => Told::SignedOut,
        None if !process_was_there => Told::Later(NO_ANSWER),
        // In the middle of a message nothing can be said, and who reads too slowly is dropped.
        None => Told::Later("stream: ended without a word"),
        other => Told::Outside(format!("stream: ended with {other:?}")),
    }
}

/// A callback whose code an earlier process may have used, which is gone: it knew the outcome, and nobody else does.
pub fn after_a_restart(told: Told) -> Told {
    match told {
        Told::Outside(_) => Told::Later("sign-in: its process restarted"),
        told => told,
    }
}
