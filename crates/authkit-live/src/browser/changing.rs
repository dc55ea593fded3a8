//! [`follow_changing`]: follows what the arguments of a query say now.
//!
//! Called by the hook in `crate::changing`. `asked` decides which question is asked, left and shown; this brings it to
//! the stream and to the signals. Holds no lock while it calls either.

use super::{
    settling::Settling,
    stream::{Heard, Stream},
    take,
};
use crate::{
    asked::{self, Ask, Asked, Number, Wanted},
    message::Problem,
    query::{LiveQuery, Revision, key},
    shown::Asking,
    ui::LiveQueryHandle,
};
use leptos::{prelude::*, serde_json};
use std::{
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

/// A question is asked when nothing has changed for so many seconds, and at once after a rest. A session may send 33
/// messages a second for ever; a question costs two.
const QUIET: f64 = 0.2;

/// Keeps what is shown current, and true to the arguments, for as long as the owner it is called under lives.
pub fn follow_changing<Q: LiveQuery>(
    query: Q,
    seen: Revision,
    shows: LiveQueryHandle<Q>,
    arguments: impl Fn() -> Q + 'static,
) {
    let key = key(&query);
    let changing = Changing {
        shows,
        state: Arc::new(Mutex::new(State {
            asked: Asked::new(query),
            settling: Settling::new(QUIET),
        })),
    };
    changing.follow(asked::FIRST, key, seen);
    let ends = changing.clone();
    on_cleanup(move || ends.end());
    Effect::new(move |_| changing.want(arguments()));
}

struct Changing<Q: LiveQuery> {
    shows: LiveQueryHandle<Q>,
    state: Arc<Mutex<State<Q>>>,
}

struct State<Q> {
    asked: Asked<Q>,
    settling: Settling,
}

impl<Q: LiveQuery> Clone for Changing<Q> {
    fn clone(&self) -> Self {
        Self {
            shows: self.shows,
            state: Arc::clone(&self.state),
        }
    }
}

impl<Q: LiveQuery> Changing<Q> {
    fn with<T>(&self, act: impl FnOnce(&mut State<Q>) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn want(&self, query: Q) {
        let this = self.clone();
        let left = self.with(|state| match state.asked.want(query) {
            Wanted::Later => {
                state.settling.change(move || this.ask());
                None
            }
            Wanted::Asked(left) => {
                state.settling.forget();
                left
            }
        });
        leave(left);
        self.show();
    }

    fn ask(&self) {
        let ask = self.with(|state| {
            state.settling.act();
            state.asked.ask()
        });
        if let Some(ask) = ask {
            let Ask {
                number,
                query,
                leave: left,
            } = ask;
            // First: a page may follow so many only.
            leave(left);
            self.follow(number, key(&query), Revision::default());
        }
        self.show();
    }

    fn follow(&self, number: Number, key: String, seen: Revision) {
        let this = self.clone();
        let hear = Rc::new(move |heard: Heard<'_>| match heard {
            Heard::Answer(revision, answer) => this.hear(number, revision, answer),
            Heard::Refused(problem) => {
                this.refuse(number, problem);
                false
            }
        });
        let follower = Stream::get().follow(key, seen, hear);
        self.with(|state| state.asked.set_follower(number, follower));
    }

    fn hear(&self, number: Number, revision: &Revision, answer: &str) -> bool {
        let Ok(answer) = serde_json::from_str(answer) else {
            return false;
        };
        let (query, revision) = (self.shows, revision.clone());
        match self.with(|state| state.asked.hear(number)) {
            asked::Heard::Shown => take(query, revision, answer),
            asked::Heard::Next(left) => {
                query.update(|shown| shown.replace(revision, answer));
                leave(left);
            }
            asked::Heard::Old => {}
        }
        self.show();
        true
    }

    fn refuse(&self, number: Number, problem: Problem) {
        leave(self.with(|state| state.asked.refuse(number, problem)));
        self.show();
    }

    /// Tells what has become of the last question.
    fn show(&self) {
        let asking = self.with(|state| match state.asked.refused() {
            Some(problem) => Asking::Refused(problem),
            None if state.asked.is_waiting() => Asking::Waiting,
            None => Asking::Answered,
        });
        self.shows.set_asking(asking);
    }

    fn end(&self) {
        let followers = self.with(|state| {
            state.settling.forget();
            state.asked.end()
        });
        for follower in followers {
            Stream::get().leave(follower);
        }
    }
}

fn leave(follower: Option<u32>) {
    if let Some(follower) = follower {
        Stream::get().leave(follower);
    }
}
