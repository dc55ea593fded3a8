//! The island: the form and the list, current in every open browser.
//!
//! Starts from the answer in the page. Adding and removing show at once, and are undone with a sentence if the server
//! refuses. Without scripts the browser sends the same forms itself.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::{
    NumbersError,
    functions::{AddNumber, RemoveNumber},
    model::{Added, ListNumbers, Number, Value},
};
use crate::ui::{
    PersonAvatar,
    islands::{in_words, ticking},
    words,
};
use crate::users::Person;
use authkit_leptos::{AuthState, Identity, call, use_auth};
use authkit_live::{
    Connection, LiveQueryHandle, Pending, Preloaded, Written, use_connection, use_live_query,
};
use leptos::{
    ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local, wasm_bindgen::JsCast,
};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};
use web_sys::{HtmlElement, HtmlInputElement};

/// The role whose users may remove any number.
const ADMIN: &str = "admin";
/// Beginning of the id of a number that is not stored yet. No ULID begins so.
const ADDING: &str = "adding";
/// The id of the field.
const VALUE: &str = "value";
/// The id of the list's heading.
const LATEST: &str = "latest";
/// How long news is gathered before it is announced, so that screen readers do not read every single number.
const NEWS: Duration = Duration::from_secs(3);

/// A call in flight.
type Call = Pin<Box<dyn Future<Output = Result<Written, NumbersError>>>>;

/// What the parts of the island share.
#[derive(Clone, Copy)]
struct Numbers {
    query: LiveQueryHandle<ListNumbers>,
    /// At most so many are shown.
    count: usize,
    auth: ReadSignal<AuthState>,
    /// Seconds since the epoch, by the server's clock.
    now: ReadSignal<u64>,
    /// The last error; empty if none.
    problem: RwSignal<String>,
    /// The last announcement.
    said: RwSignal<String>,
    page: StoredValue<Arc<Mutex<Page>>>,
}

/// State that the view does not depend on.
#[derive(Default)]
struct Page {
    /// The user. Another user gets another page.
    me: Option<Identity>,
    /// Count of the numbers added in this page.
    added: u32,
    /// Id of the newest number seen; `None` until the list changes.
    newest: Option<String>,
    /// Lines to announce.
    news: Vec<String>,
}

/// `problem` is what went wrong with a form that was sent without JavaScript, or empty, and `typed` what was typed
/// into it; `now` is the server's time, in seconds since the epoch.
#[island]
pub fn LiveNumbers(
    preloaded: Preloaded<ListNumbers>,
    now: u64,
    problem: String,
    typed: String,
) -> impl IntoView {
    let auth = use_auth();
    let me = auth.with_untracked(|auth| auth.identity().cloned());
    let numbers = Numbers {
        count: preloaded.query.count.into(),
        auth,
        query: use_live_query(preloaded),
        now: ticking(now),
        problem: RwSignal::new(problem),
        said: RwSignal::default(),
        page: StoredValue::new(Arc::new(Mutex::new(Page {
            me,
            ..Page::default()
        }))),
    };
    numbers.tell_news();
    let answer = numbers.query.answer();
    let row = move |number| numbers.row(number);
    // A row is made anew when what it shows of the user changes.
    let key = |number: &Number| {
        let who = &number.added_by;
        let picture = who.picture.as_deref().unwrap_or_default();
        format!("{} {} {picture}", number.id, who.display_name())
    };
    view! {
        {numbers.form(typed)}
        <section aria-labelledby=LATEST>
            <div class="row">
                <h2 id=LATEST tabindex="-1">
                    "Latest numbers"
                </h2>
                <ConnectionState />
            </div>
            <p class="said quiet small" role="status">
                {words(move || numbers.said.get())}
            </p>
            // Said twice for WebKit, which takes a list without markers for none.
            <ol class="numbers" role="list" aria-labelledby=LATEST>
                <For each=move || answer.get() key children=row />
            </ol>
            // Hidden by the stylesheet as soon as there is one.
            <div class="empty">
                <h3>"No numbers yet"</h3>
                <p class="quiet">"Add the first one. Everybody who has this page open sees it."</p>
            </div>
        </section>
    }
}

/// A dot and a word for the state of the connection.
#[component]
fn ConnectionState() -> impl IntoView {
    let connection = use_connection();
    let class = move || match connection.get() {
        Connection::Connecting => "status small script",
        Connection::Live => "status small script good",
        Connection::EveryFewSeconds => "status small script",
        Connection::Reconnecting => "status small script warn",
        Connection::Offline => "status small script bad",
    };
    let word = move || match connection.get() {
        Connection::Connecting => "Connecting",
        Connection::Live => "Live",
        Connection::EveryFewSeconds => "Every few seconds",
        Connection::Reconnecting => "Reconnecting",
        Connection::Offline => "Offline",
    };
    view! {
        <p class=class role="status">
            {words(word)}
        </p>
    }
}

impl Numbers {
    fn form(self, typed: String) -> impl IntoView {
        let problem = self.problem;
        let invalid = NumbersError::Value.to_string();
        let add = move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = field() {
                self.add(input.value());
            }
        };
        view! {
            <form class="field add" method="post" action=AddNumber::PATH on:submit=add>
                <label for=VALUE>"Number"</label>
                <input
                    id=VALUE
                    name="value"
                    type="number"
                    min=Value::MIN
                    max=Value::MAX
                    value=typed
                    required
                    autocomplete="off"
                    aria-describedby="value-hint value-problem"
                    aria-invalid=move || problem.with(|problem| *problem == invalid).then_some("true")
                />
                <button class="button primary big" type="submit">
                    "Add number"
                </button>
                <p class="hint" id="value-hint">
                    "Whole, from −1,000,000 to 1,000,000."
                </p>
                <p class="error" id="value-problem" role="alert">
                    {words(move || problem.get())}
                </p>
            </form>
        }
    }

    fn row(self, number: Number) -> impl IntoView {
        let is_adding = number.is_adding();
        let Number {
            id,
            value,
            added_by,
            added_at,
        } = number;
        let is_new = self.page(|page| page.newest.is_some());
        let is_mine = self.is_me(&added_by);
        let who = match is_mine {
            true => "You".to_owned(),
            false => added_by.display_name().to_owned(),
        };
        let now = self.now;
        let when = move || match is_adding {
            true => "adding…".to_owned(),
            // The clock of the server that stored it may be ahead.
            false => now.with(|now| in_words(added_at.min(now.saturating_sub(1)), *now)),
        };
        let class = match (is_adding, is_new) {
            (true, _) => "adding",
            (false, true) => "new",
            (false, false) => "",
        };
        let remove = move || {
            // The role may change while the page is open.
            let may_remove = !is_adding && (is_mine || self.is_admin());
            may_remove.then(|| self.remover(id.clone(), value))
        };
        view! {
            <li class=class>
                <strong class="value num">{value.to_string()}</strong>
                <PersonAvatar person=added_by />
                <p><bdi>{who}</bdi> " " <span class="quiet small">{words(when)}</span></p>
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
        self.clear();
        let value = match Value::parse(&typed) {
            Ok(value) => value,
            Err(problem) => return self.problem.set(problem.to_string()),
        };
        swap_typed(&typed, "");
        let Some(number) = self.adding(value) else {
            return;
        };
        // The id of the number, once it is stored.
        let stored = Arc::new(OnceLock::new());
        let id = Arc::clone(&stored);
        let pending = self.query.apply(move |numbers| {
            let mut number = number.clone();
            if let Some(id) = id.get() {
                number.id.clone_from(id);
            }
            numbers.insert(0, number);
            numbers.truncate(self.count);
        });
        let call = async move {
            let added = call::<AddNumber>(&[("value", &typed)]).await;
            if added.is_err() {
                swap_typed("", &typed);
            }
            let Added { id, written } = added?;
            let _ = stored.set(id);
            Ok(written)
        };
        self.finish(pending, value, "added", Box::pin(call));
    }

    fn remove(self, id: String, value: Value) {
        self.clear();
        // The button is about to be removed, and the focus with it.
        if let Some(heading) = document().get_element_by_id(LATEST) {
            let _ = heading.unchecked_into::<HtmlElement>().focus();
        }
        let removed = id.clone();
        let pending = self
            .query
            .apply(move |numbers| numbers.retain(|number| number.id != removed));
        let call = async move { call::<RemoveNumber>(&[("id", &id)]).await };
        self.finish(pending, value, "removed", Box::pin(call));
    }

    /// Clears error and announcement, so that screen readers read the same words again.
    fn clear(self) {
        self.problem.set(String::new());
        self.said.set(String::new());
    }

    /// Waits for the call, and announces the outcome.
    fn finish(self, pending: Pending<ListNumbers>, value: Value, done: &'static str, call: Call) {
        spawn_local(async move {
            match call.await {
                Ok(written) => {
                    pending.settle(written);
                    self.said.set(format!("You {done} {value}."));
                }
                Err(problem) => {
                    pending.roll_back();
                    let was_not = match problem.is_open() {
                        true => "may not have been",
                        false => "was not",
                    };
                    self.problem
                        .set(format!("{value} {was_not} {done}. {problem}"));
                }
            }
        });
    }

    /// A number that is not stored yet.
    fn adding(self, value: Value) -> Option<Number> {
        let (nth, me) = self.page(|page| {
            page.added += 1;
            (page.added, page.me.clone())
        });
        Some(Number {
            id: format!("{ADDING} {nth}"),
            value,
            added_by: me?.user.into(),
            added_at: self.now.get_untracked(),
        })
    }

    /// Announces the numbers of other users to screen readers.
    fn tell_news(self) {
        let answer = self.query.answer();
        let tell = move || {
            let news = self.page(|page| std::mem::take(&mut page.news));
            self.said.set(match news.as_slice() {
                [only] => only.clone(),
                more => format!("{} new numbers.", more.len()),
            });
        };
        Effect::new(move |_| {
            let is_first = answer.with(|numbers| self.page(|page| page.look(numbers)));
            if is_first {
                // Screen readers read the same words again only after they were gone.
                self.said.set(String::new());
                set_timeout(tell, NEWS);
            }
        });
    }

    fn is_me(self, person: &Person) -> bool {
        self.page(|page| page.is_me(person))
    }

    fn is_admin(self) -> bool {
        let is_admin = |me: &Identity| me.has_role(ADMIN);
        self.auth.with(|auth| auth.identity().is_some_and(is_admin))
    }

    fn page<T>(self, act: impl FnOnce(&mut Page) -> T) -> T {
        let page = self.page.try_get_value().unwrap_or_default();
        let mut page = page.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut page)
    }
}

impl Page {
    fn is_me(&self, person: &Person) -> bool {
        self.me.as_ref().is_some_and(|me| me.user.id == person.id)
    }

    /// Looks for news. True if this is the first since the last announcement.
    fn look(&mut self, numbers: &[Number]) -> bool {
        let had_none = self.news.is_empty();
        let before = self.newest.take();
        let mut newest = before.clone().unwrap_or_default();
        for number in numbers {
            let Number {
                id,
                value,
                added_by,
                ..
            } = number;
            // The numbers of this user are no news, and may arrive before older ones of others. Ids sort by time.
            if self.is_me(added_by) || before.as_ref().is_some_and(|before| id <= before) {
                continue;
            }
            if before.is_some() {
                let line = format!("{} added {value}.", added_by.display_name());
                self.news.push(line);
            }
            if *id > newest {
                newest.clone_from(id);
            }
        }
        self.newest = Some(newest);
        had_none && !self.news.is_empty()
    }
}

impl Number {
    /// Whether it is not stored yet.
    fn is_adding(&self) -> bool {
        self.id.starts_with(ADDING)
    }
}

/// The field for the value.
fn field() -> Option<HtmlInputElement> {
    let field = document().get_element_by_id(VALUE)?;
    Some(field.unchecked_into())
}

/// Replaces the text of the field, unless the user has changed it meanwhile.
fn swap_typed(before: &str, after: &str) {
    if let Some(field) = field()
        && field.value() == before
    {
        field.set_value(after);
    }
}
