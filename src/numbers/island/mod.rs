//! The island: the form and the list, current in every open browser.
//!
//! Starts from the answer in the page. Adding and removing show at once, and are undone with a sentence if the server
//! refuses. Without scripts the browser sends the same forms itself. `form` adds, `list` shows and removes.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

mod form;
mod list;

use super::{
    error::NumbersError,
    model::{ListNumbers, Number, Value},
};
use crate::users::Person;
use authkit_leptos::{AuthState, Identity, use_auth};
use authkit_live::{
    ConnectionState, LiveQueryHandle, News, NewsRegion, Pending, Preloaded, Written, ticking,
    use_live_query, use_news,
};
use leptos::{prelude::*, task::spawn_local};
use list::LATEST;
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

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
    news: News,
    page: StoredValue<Arc<Mutex<Page>>>,
}

/// State that the view does not depend on.
#[derive(Default)]
struct Page {
    /// The user. Another user gets another page.
    me: Option<Identity>,
    /// Count of the numbers added in this page.
    added: u32,
    /// Whether a row that is made now is a new one: the first ones came with the page.
    is_shown: bool,
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
        news: use_news(),
        page: StoredValue::new(Arc::new(Mutex::new(Page {
            me,
            ..Page::default()
        }))),
    };
    let answer = numbers.query.answer();
    numbers.news.follow(
        answer,
        move |number: &Number| (!numbers.is_me(&number.added_by)).then_some(&*number.id),
        |Number {
             added_by, value, ..
         }| format!("{} added {value}.", added_by.display_name()),
        |count| format!("{count} new numbers."),
    );
    Effect::new(move |_| numbers.page(|page| page.is_shown = true));
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
            <NewsRegion news=numbers.news />
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

impl Numbers {
    /// Clears error and announcement, so that screen readers read the same words again.
    fn clear(self) {
        self.problem.set(String::new());
        self.news.clear();
    }

    /// Waits for the call, and announces the outcome.
    fn finish(self, pending: Pending<ListNumbers>, value: Value, done: &'static str, call: Call) {
        spawn_local(async move {
            match call.await {
                Ok(written) => {
                    pending.settle(written);
                    self.news.say(format!("You {done} {value}."));
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

    fn is_me(self, person: &Person) -> bool {
        self.page(|page| page.is_me(person))
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
}
