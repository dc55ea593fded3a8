//! Fuzz target: what a page sends on its stream is read within its bounds, and each question can be asked in one way only.
//!
//! `cargo test` runs it on `fuzz/corpus/stream_message`, script/fuzz on what libFuzzer makes of that.

use super::{
    OfUser, Query, Read, StoreError,
    registered::{Named, Registered},
    stream::read,
};
use crate::{LiveQuery, Problem, ToServer, Topic, close, query::name_and_arguments};
use authkit_fuzz::{edited, sections};
use authkit_leptos::server::{UserIdentity, guard::AuthKitUser};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::convert::identity;

/// As `stream` has it.
const MAX_MESSAGE: usize = 16 * 1024;

/// A query with all that arguments are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Search {
    count: i64,
    words: Vec<String>,
    least: Option<f64>,
    order: Order,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Newest,
    By { column: char, up: bool },
}

impl LiveQuery for Search {
    const NAME: &'static str = "search";
    type Answer = ();
}

impl Query for Search {
    type Guard = AuthKitUser;
    type Scope = OfUser;

    fn topics(&self, scope: &OfUser) -> Vec<Topic> {
        vec![scope.id.clone()]
    }

    async fn run(&self, _: &OfUser, _: &mut Read) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Seconds since the epoch. The query's guard does not look at it.
const NOW: u64 = 1_700_000_000;

fn caller(is_authkit: bool) -> UserIdentity {
    let claims =
        json!({"sub": "user\n1", "iss": "https://issuer.example", "is_authkit": is_authkit});
    serde_json::from_value(claims).unwrap()
}

/// Input: the message; edits of it.
fn test(input: &[u8]) {
    let [message, edits] = sections(input);
    let message = edited(message.to_vec(), edits);
    // A WebSocket's text is UTF-8 (RFC 6455 §5.6): others never get here.
    let text = String::from_utf8_lossy(&message);
    match read(&text) {
        Ok(message) => {
            assert!(text.len() <= MAX_MESSAGE);
            let written = serde_json::to_string(&message).unwrap();
            assert_eq!(
                read(&written).ok().as_ref(),
                Some(&message).filter(|_| written.len() <= MAX_MESSAGE)
            );
            let key = match &message {
                ToServer::Follow { key, .. } | ToServer::Leave { key } => key,
            };
            assert!(!key.contains('\n'), "a key of two lines");
            asks(key);
        }
        Err((code, _)) => {
            let is_too_long = text.len() > MAX_MESSAGE;
            let expected = if is_too_long {
                close::TOO_LONG
            } else {
                close::MALFORMED
            };
            assert_eq!(code, expected);
            if !is_too_long {
                let message = serde_json::from_str(&text).ok();
                let has_line_break = message.is_some_and(|message| {
                    let (ToServer::Follow { key, .. } | ToServer::Leave { key }) = message;
                    key.contains('\n')
                });
                assert!(has_line_break || serde_json::from_str::<ToServer>(&text).is_err());
            }
        }
    }
}

fn asks(key: &str) {
    let (name, arguments) = name_and_arguments(key);
    if name != Search::NAME {
        return;
    }
    let query = Named::<Search, <Search as LiveQuery>::Answer> { written: identity };
    let asked = query.ask(key, arguments, &caller(true), NOW);
    match asked {
        Ok(asked) => {
            // Written in the one way there is: read as plain JSON and written again it stays as it is.
            let search: Search = serde_json::from_str(arguments).unwrap();
            assert_eq!(serde_json::to_string(&search).unwrap(), arguments);
            assert!(
                serde_json::from_str::<Value>(arguments)
                    .unwrap()
                    .is_object()
            );
            let (of, scope) = asked.id.split_once('\n').unwrap();
            assert_eq!(
                (of, scope),
                (key, r#""user\n1""#),
                "a room of somebody else's"
            );
            let refused = query.ask(key, arguments, &caller(false), NOW).err();
            assert_eq!(refused, Some(Problem::Forbidden));
        }
        Err(problem) => {
            assert_eq!(problem, Problem::Arguments);
            let search: Option<Search> = serde_json::from_str(arguments).ok();
            let written = search.map(|search| serde_json::to_string(&search).unwrap());
            assert_ne!(
                written.as_deref(),
                Some(arguments),
                "a question that can't be asked"
            );
        }
    }
}

#[test]
fn stream_message() {
    authkit_fuzz::run("stream_message", test);
}
