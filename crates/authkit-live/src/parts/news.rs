//! [`News`]: what a page says to screen readers of what happens in it: what the user did, and what others did meanwhile.
//!
//! One region for both, so that one does not speak over the other. Islands call it; what a feature's rows are it does not
//! know. Must never read out a whole list, however fast it grows.

use super::words;
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc, time::Duration};

/// How long news is gathered before it is said, so that screen readers do not read every single row.
const GATHER: Duration = Duration::from_secs(3);
/// How long the region is empty before the same words are said once more: else nothing changes, and nothing is read.
const PAUSE: Duration = Duration::from_millis(100);

/// What is said in a page; from [`use_news`].
#[derive(Clone, Copy)]
pub struct News {
    said: RwSignal<String>,
}

/// News for the body of an island, which shows them by [`NewsRegion`].
///
/// ```
/// # use authkit_live::{LiveQuery, NewsRegion, Preloaded, use_live_query, use_news};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct Note { id: String, text: String, by_me: bool }
/// # #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// # struct ListNotes {}
/// # impl LiveQuery for ListNotes {
/// #     const NAME: &'static str = "list_notes";
/// #     type Answer = Vec<Note>;
/// # }
///
/// #[island]
/// fn Notes(preloaded: Preloaded<ListNotes>) -> impl IntoView {
///     let notes = use_live_query(preloaded).answer();
///     let news = use_news();
///     news.follow(
///         notes,
///         |note: &Note| (!note.by_me).then_some(&*note.id),
///         |note| format!("New note: {}.", note.text),
///         |count| format!("{count} new notes."),
///     );
///     // And where a note was added: news.say(format!("You added {text}."));
///     view! { <NewsRegion news /> }
/// }
/// ```
#[must_use]
pub fn use_news() -> News {
    News {
        said: RwSignal::default(),
    }
}

/// Where [`News`] are shown and read out: a `<p role="status">` of the classes `said quiet small`. Empty in the server's
/// HTML, where nothing has happened yet.
#[component]
pub fn NewsRegion(
    /// What is said.
    news: News,
) -> impl IntoView {
    view! {
        <p class="said quiet small" role="status">
            {words(move || news.said.get())}
        </p>
    }
}

/// Calls back with each row that may be news, by its id, and with what makes its line.
type Rows<'a> = dyn Fn(&mut dyn FnMut(&str, &dyn Fn() -> String)) + 'a;

impl News {
    /// Says this now, in place of what was said before.
    pub fn say(self, line: impl Into<String>) {
        self.say_line(line.into());
    }

    fn say_line(self, line: String) {
        if self.said.try_with_untracked(|said| *said == line) == Some(true) {
            self.clear();
            set_timeout(move || _ = self.said.try_set(line), PAUSE);
        } else {
            // An island that is gone by now says nothing.
            let _ = self.said.try_set(line);
        }
    }

    /// Takes back what was said: for the beginning of something new.
    pub fn clear(self) {
        let _ = self.said.try_set(String::new());
    }

    /// Says which rows come into an answer, gathered for three seconds: one row by its `line`, more by their number,
    /// as `many` puts it.
    ///
    /// `id` gives the id of a row, and `None` for one that is no news, such as the user's own. Ids sort by time, as ULIDs do:
    /// a row is new if its id is above all that were there before, so an older one that moves up when another is removed is
    /// not said.
    pub fn follow<A, R>(
        self,
        answer: ReadSignal<A>,
        id: impl Fn(&R) -> Option<&str> + 'static,
        line: impl Fn(&R) -> String + 'static,
        many: impl Fn(usize) -> String + 'static,
    ) where
        A: AsRef<[R]> + Send + Sync + 'static,
        R: 'static,
    {
        let rows: Box<Rows<'static>> = Box::new(move |look| {
            answer.with(|rows| {
                for row in rows.as_ref() {
                    if let Some(id) = id(row) {
                        look(id, &|| line(row));
                    }
                }
            });
        });
        self.gather(rows, Box::new(many));
    }

    // Not generic: a copy per kind of row would add to the size of the WASM.
    fn gather(self, rows: Box<Rows<'static>>, many: Box<dyn Fn(usize) -> String>) {
        let gathered = Rc::new(RefCell::new(Gathered::default()));
        let many: Rc<dyn Fn(usize) -> String> = many.into();
        Effect::new(move |_| {
            if gathered.borrow_mut().look(&*rows) {
                // Screen readers read the same words again only after they were gone.
                self.clear();
                let (gathered, many) = (Rc::clone(&gathered), Rc::clone(&many));
                let tell = move || {
                    if let Some(line) = gathered.borrow_mut().take(&*many) {
                        self.say_line(line);
                    }
                };
                set_timeout(tell, GATHER);
            }
        });
    }
}

/// What has come since the last time something was said.
#[derive(Default)]
struct Gathered {
    /// The newest id seen; `None` before the first answer, in which nothing is news.
    newest: Option<String>,
    /// The line of the first row that came.
    first: String,
    /// How many came.
    count: usize,
}

impl Gathered {
    /// Looks at an answer. True if it has the first news since the last were taken.
    fn look(&mut self, rows: &Rows<'_>) -> bool {
        let had = self.count;
        let before = self.newest.take();
        let mut newest = before.clone().unwrap_or_default();
        rows(&mut |id, line| {
            if before.as_deref().is_some_and(|before| id <= before) {
                return;
            }
            if before.is_some() {
                if self.count == 0 {
                    self.first = line();
                }
                self.count += 1;
            }
            if *id > *newest {
                id.clone_into(&mut newest);
            }
        });
        self.newest = Some(newest);
        had == 0 && self.count > 0
    }

    /// What there is to say, once.
    fn take(&mut self, many: &dyn Fn(usize) -> String) -> Option<String> {
        match std::mem::take(&mut self.count) {
            0 => None,
            1 => Some(std::mem::take(&mut self.first)),
            count => Some(many(count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(gathered: &mut Gathered, ids: &[&str]) -> bool {
        gathered.look(&|look| {
            for id in ids {
                look(id, &|| format!("{id} came."));
            }
        })
    }

    fn take(gathered: &mut Gathered) -> Option<String> {
        gathered.take(&|count| format!("{count} came."))
    }

    #[test]
    fn the_first_answer_is_no_news() {
        for first in [&["2", "1"][..], &[]] {
            let mut gathered = Gathered::default();
            assert!(!look(&mut gathered, first), "{first:?}");
            assert_eq!(take(&mut gathered), None, "{first:?}");
            assert!(look(&mut gathered, &["3"]), "{first:?}");
            assert_eq!(take(&mut gathered).as_deref(), Some("3 came."));
        }
    }

    #[test]
    fn one_row_is_told_by_its_line_and_more_by_their_number() {
        let mut gathered = Gathered::default();
        look(&mut gathered, &["1"]);
        assert!(look(&mut gathered, &["2", "1"]));
        assert!(
            !look(&mut gathered, &["4", "3", "2", "1"]),
            "one announcement is enough"
        );
        assert_eq!(take(&mut gathered).as_deref(), Some("3 came."));
        assert_eq!(take(&mut gathered), None, "told twice");
        assert!(look(&mut gathered, &["5", "4"]));
        assert_eq!(take(&mut gathered).as_deref(), Some("5 came."));
    }

    #[test]
    fn an_older_row_that_moves_up_is_no_news() {
        let mut gathered = Gathered::default();
        look(&mut gathered, &["4", "3"]);
        assert!(!look(&mut gathered, &["3", "2"]));
        assert!(!look(&mut gathered, &["4", "3"]), "seen before");
        assert!(look(&mut gathered, &["5", "3"]));
    }
}
