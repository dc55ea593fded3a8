//! The browser half: one stream for the page, and the queries that follow it.
//!
//! Called by the hooks in `ui`. Everything is in memory, and nothing is ever written to the console.

mod socket;
mod stream;
mod submit;
mod turn;

pub use submit::submit;

use super::query::key;
use crate::{
    connection::Connection,
    query::{LiveQuery, Revision},
    ui::LiveQueryHandle,
};
use leptos::{prelude::*, serde_json};
use std::{rc::Rc, time::Duration};
use stream::Stream;

/// How long an answer may wait for calls under way.
const HOLD: Duration = Duration::from_secs(1);

/// Keeps what is shown current for as long as the owner it is called under lives.
pub fn follow<Q: LiveQuery>(query: &Q, seen: Revision, handle: LiveQueryHandle<Q>) {
    let hear = Rc::new(move |revision: &Revision, answer: &str| {
        let Ok(answer) = serde_json::from_str(answer) else {
            return false;
        };
        let revision = revision.clone();
        let taken = handle.update(|shown| shown.take(revision, answer));
        if let Some(wait) = taken.flatten() {
            let end = move || _ = handle.update(|shown| shown.end_wait(wait));
            set_timeout(end, HOLD);
        }
        true
    });
    let follower = Stream::get().follow(key(query), seen, hear);
    on_cleanup(move || Stream::get().leave(follower));
}

/// How current the page is.
pub fn connection() -> ReadSignal<Connection> {
    Stream::get().connection()
}
