//! The island: the form and the list, current in every open browser.
//!
//! Starts from the answer that came with the page. Adding and removing show at once, and are taken back
//! with a sentence if the server refuses. Without JavaScript the same forms are sent as they are.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::{
    NumbersError,
    functions::{AddNumber, RemoveNumber},
    model::{ListNumbers, Number, Value},
};
use crate::{
    app::{
        islands::{in_words, ticking},
        parts::PersonAvatar,
        users::Person,
    },
    authkit::{Identity, call, use_auth},
    live::{Connection, LiveQueryHandle, Preloaded, use_connection, use_live_query},
};
use leptos::{ev::SubmitEvent, html, prelude::*, server_fn::ServerFn, task::spawn_local};
use std::time::Duration;

/// The role that may remove everybody's numbers.
const ADMIN: &str = "admin";
/// What the id of a number starts with that is not stored yet. No ULID does.
const ADDING: &str = "adding";
/// How long news is gathered before it is told, so that nobody is read every single number.
const NEWS: Duration = Duration::from_secs(3);

/// What the parts of the island share.
#[derive(Clone, Copy)]
struct Numbers {
    query: LiveQueryHandle<ListNumbers>,
    /// Who looks at it.
    me: StoredValue<Option<Identity>>,
    /// By the server's clock.
    now: ReadSignal<u64>,
    /// What went wrong last.
    problem: RwSignal<Option<String>>,
    /// Whether it was what stands in the field.
    is_invalid: RwSignal<bool>,
    /// What happened last.
    said: RwSignal<String>,
    /// How many numbers were added in this page.
    added: StoredValue<u32>,
    value: NodeRef<html::Input>,
    heading: NodeRef<html::H2>,
    /// Whether what is shown now has come after the page.
    is_alive: StoredValue<bool>,
}

/// `problem` is what went wrong with a form that was sent without JavaScript; `now` is the server's time,
/// in seconds since the epoch.
#[island]
pub fn LiveNumbers(
    preloaded: Preloaded<ListNumbers>,
    now: u64,
    problem: Option<NumbersError>,
) -> impl IntoView {
    let me = use_auth().with_untracked(|auth| auth.identity().cloned());
    let numbers = Numbers {
        query: use_live_query(preloaded),
        me: StoredValue::new(me),
        now: ticking(now),
        is_invalid: RwSignal::new(problem == Some(NumbersError::Value)),
        problem: RwSignal::new(problem.map(|problem| problem.to_string())),
        said: RwSignal::default(),
        added: StoredValue::new(0),
        value: NodeRef::new(),
        heading: NodeRef::new(),
        is_alive: StoredValue::new(false),
    };
    numbers.tell_news();
    let answer = numbers.query.answer();
    let row = move |number| numbers.row(number);
    // Whatever is shown of a number that can change.
    let key = |number: &Number| {
        let who = &number.added_by;
        (number.id.clone(), who.name.clone(), who.picture.clone())
    };
    view! {
        {numbers.form()}
        <section aria-labelledby="latest">
            <div class="row">
                <h2 id="latest" tabindex="-1" node_ref=numbers.heading>
                    "Latest numbers"
                </h2>
                <ConnectionState />
            </div>
            <p class="said quiet small" role="status">
                {numbers.said}
            </p>
            <Show when=move || answer.with(Vec::is_empty)>
                <div class="empty">
                    <h3>"No numbers yet"</h3>
                    <p class="quiet">"Add the first one. Everybody who has this page open sees it."</p>
                </div>
            </Show>
            <ol class="numbers" aria-labelledby="latest">
                <For each=move || answer.get() key children=row />
            </ol>
        </section>
    }
}

/// A dot and a word for how current the page is.
#[component]
fn ConnectionState() -> impl IntoView {
    let connection = use_connection();
    let class = move || match connection.get() {
        Connection::Connecting => "status small script",
        Connection::Live => "status small script good",
        Connection::Reconnecting => "status small script warn",
        Connection::Offline => "status small script bad",
    };
    let word = move || match connection.get() {
        Connection::Connecting => "Connecting",
        Connection::Live => "Live",
        Connection::Reconnecting => "Reconnecting",
        Connection::Offline => "Offline",
    };
    view! {
        <p class=class role="status">
            {word}
        </p>
    }
}

impl Numbers {
    fn form(self) -> impl IntoView {
        let problem = self.problem;
        let add = move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = self.value.get_untracked() {
                self.add(input.value());
            }
        };
        view! {
            <form class="field add" method="post" action=AddNumber::PATH on:submit=add>
                <label for="value">"Number"</label>
                <input
                    id="value"
                    name="value"
                    type="number"
                    min=Value::MIN
                    max=Value::MAX
                    required
                    autocomplete="off"
                    aria-describedby="value-hint value-problem"
                    aria-invalid=move || self.is_invalid.get().then_some("true")
                    node_ref=self.value
                />
                <button class="button primary big" type="submit">
                    "Add number"
                </button>
                <p class="hint" id="value-hint">
                    "Whole, from −1,000,000 to 1,000,000."
                </p>
                <p class="error" id="value-problem" role="alert">
                    {problem}
                </p>
            </form>
        }
    }

    fn row(self, number: Number) -> impl IntoView {
        let Number {
            id,
            value,
            added_by,
            added_at,
        } = number;
        let is_adding = id.starts_with(ADDING);
        let is_mine = self.is_me(&added_by);
        let who = match is_mine {
            true => "You".to_owned(),
            false => added_by.display_name().to_owned(),
        };
        let now = self.now;
        let when = move || match is_adding {
            true => "adding…".to_owned(),
            // The clock of another server may be a little ahead.
            false => now.with(|now| in_words(added_at.min(now.saturating_sub(1)), *now)),
        };
        let remove = (!is_adding && (is_mine || self.is_admin())).then(|| self.remover(id, value));
        view! {
            <li class:adding=is_adding class:new=self.is_alive.get_value()>
                <strong class="value num">{value.to_string()}</strong>
                <PersonAvatar person=added_by />
                <p>{who} " " <span class="quiet small">{when}</span></p>
                {remove}
            </li>
        }
    }

    fn remover(self, id: String, value: Value) -> impl IntoView {
        let removed = id.clone();
        let remove = move |event: SubmitEvent| {
            event.prevent_default();
            self.remove(removed.clone(), value);
        };
        view! {
            <form method="post" action=RemoveNumber::PATH on:submit=remove>
                <input type="hidden" name="id" value=id />
                <button class="button" type="submit" aria-label=format!("Remove {value}")>
                    "Remove"
                </button>
            </form>
        }
    }

    fn add(self, typed: String) {
        let parsed = Value::parse(&typed);
        self.is_invalid.set(parsed.is_err());
        self.problem
            .set(parsed.as_ref().err().map(ToString::to_string));
        let (Ok(value), Some(me)) = (parsed, self.me.get_value()) else {
            return;
        };
        self.swap_typed(&typed, "");
        let number = self.adding(value, me);
        let pending = self
            .query
            .apply(move |numbers| numbers.insert(0, number.clone()));
        spawn_local(async move {
            match call::<AddNumber>(&[("value", &typed)]).await {
                Ok(added) => {
                    pending.settle(added.written);
                    self.said.set(format!("You added {value}."));
                }
                Err(problem) => {
                    pending.roll_back();
                    self.swap_typed("", &typed);
                    self.problem
                        .set(Some(format!("{value} was not added. {problem}")));
                }
            }
        });
    }

    /// Replaces what stands in the field, unless the user has typed something else meanwhile.
    fn swap_typed(self, before: &str, after: &str) {
        if let Some(input) = self.value.try_get_untracked().flatten()
            && input.value() == before
        {
            input.set_value(after);
        }
    }

    fn remove(self, id: String, value: Value) {
        self.is_invalid.set(false);
        self.problem.set(None);
        // The button is about to go, and the keyboard with it.
        if let Some(heading) = self.heading.get_untracked() {
            let _ = heading.focus();
        }
        let removed = id.clone();
        let pending = self
            .query
            .apply(move |numbers| numbers.retain(|number| number.id != removed));
        spawn_local(async move {
            match call::<RemoveNumber>(&[("id", &id)]).await {
                Ok(written) => {
                    pending.settle(written);
                    self.said.set(format!("You removed {value}."));
                }
                Err(problem) => {
                    pending.roll_back();
                    self.problem
                        .set(Some(format!("{value} was not removed. {problem}")));
                }
            }
        });
    }

    /// A number that is not stored yet.
    fn adding(self, value: Value, me: Identity) -> Number {
        self.added.update_value(|added| *added += 1);
        Number {
            id: format!("{ADDING} {}", self.added.get_value()),
            value,
            added_by: me.user.into(),
            added_at: self.now.get_untracked(),
        }
    }

    /// Says which numbers others have added, to whoever does not see it.
    fn tell_news(self) {
        let answer = self.query.answer();
        let news = StoredValue::new(Vec::<String>::new());
        let tell = move || {
            let news = std::mem::take(&mut *news.write_value());
            self.said.set(match news.as_slice() {
                [only] => only.clone(),
                more => format!("{} new numbers.", more.len()),
            });
        };
        Effect::new(move |newest: Option<String>| {
            self.is_alive.set_value(true);
            answer.with(|numbers| {
                // Ids sort by time.
                let stored = numbers
                    .iter()
                    .filter(|number| !number.id.starts_with(ADDING));
                if let Some(newest) = &newest {
                    let new = stored.clone().filter(|number| number.id > *newest);
                    for number in new.filter(|number| !self.is_me(&number.added_by)) {
                        let Number {
                            value, added_by, ..
                        } = number;
                        let line = format!("{} added {value}.", added_by.display_name());
                        news.update_value(|news| news.push(line));
                        if news.with_value(|news| news.len() == 1) {
                            set_timeout(tell, NEWS);
                        }
                    }
                }
                let now = stored.map(|number| &number.id).max();
                newest.max(now.cloned()).unwrap_or_default()
            })
        });
    }

    fn is_me(self, person: &Person) -> bool {
        self.me
            .with_value(|me| me.as_ref().is_some_and(|me| me.user.id == person.id))
    }

    fn is_admin(self) -> bool {
        let is_admin = |me: &Identity| me.role.as_deref() == Some(ADMIN);
        self.me.with_value(|me| me.as_ref().is_some_and(is_admin))
    }
}
