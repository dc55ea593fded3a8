//! The browser half: one stream for the page, and the queries that follow it.
//!
//! Called by the hooks in `ui`. Everything is in memory, and nothing is ever written to the console.

mod address_bar;
mod changing;
mod list;
mod list_rows;
mod settling;
mod socket;
mod stream;
mod submit;
mod turn;

pub use address_bar::{Bar, follow_history, push, write_now, write_soon};
pub use changing::follow_changing;
pub use list::come_alive;
pub use submit::submit;

use super::query::key;
use crate::{
    connection::Connection,
    query::{LiveQuery, Revision},
    ui::LiveQueryHandle,
};
use leptos::{prelude::*, serde_json};
use std::{rc::Rc, time::Duration};
use stream::{Heard, Stream};

/// How long an answer may wait for calls under way.
const HOLD: Duration = Duration::from_secs(1);

/// Keeps what is shown current for as long as the owner it is called under lives.
pub fn follow<Q: LiveQuery>(query: &Q, seen: Revision, handle: LiveQueryHandle<Q>) {
    follow_key(key(query), seen, handle);
}

/// The same for what is called `key` on the wire.
fn follow_key<Q: LiveQuery>(key: String, seen: Revision, handle: LiveQueryHandle<Q>) {
    let hear = Rc::new(move |heard: Heard<'_>| {
        let Heard::Answer(revision, answer) = heard else {
            return false;
        };
        let Ok(answer) = serde_json::from_str(answer) else {
            return false;
        };
        take(handle, revision.clone(), answer);
        true
    });
    let follower = Stream::get().follow(key, seen, hear);
    on_cleanup(move || Stream::get().leave(follower));
}

/// Shows another answer to the question that is shown, at once or when calls under way have answered.
fn take<Q: LiveQuery>(handle: LiveQueryHandle<Q>, revision: Revision, answer: Q::Answer) {
    let taken = handle.update(|shown| shown.take(revision, answer));
    if let Some(wait) = taken.flatten() {
        let end = move || _ = handle.update(|shown| shown.end_wait(wait));
        set_timeout(end, HOLD);
    }
}

/// How current the page is.
pub fn connection() -> ReadSignal<Connection> {
    Stream::get().connection()
}
