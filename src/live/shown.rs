//! [`Shown`]: an answer, with what the user has just done on top of it.
//!
//! Decides when an answer replaces the one before, and when an optimistic update is no longer needed. Pure:
//! knows no signal, no stream and no clock.

use super::{Revision, Written};
use std::sync::Arc;

type Change<A> = Arc<dyn Fn(&mut A) + Send + Sync>;

/// What an island shows of a query.
pub struct Shown<A> {
    revision: Revision,
    answer: A,
    updates: Vec<Update<A>>,
    /// An answer that waits for calls under way.
    held: Option<(Revision, A)>,
    /// The id of the next update.
    next: u32,
}

/// An optimistic update.
struct Update<A> {
    id: u32,
    change: Change<A>,
    /// What it came to; `None` while the call is under way.
    written: Option<Written>,
}

impl<A: Clone> Shown<A> {
    pub fn new(revision: Revision, answer: A) -> Self {
        Self {
            revision,
            answer,
            updates: Vec::new(),
            held: None,
            next: 0,
        }
    }

    /// The answer, with the updates in the order they were made.
    pub fn to_answer(&self) -> A {
        let mut answer = self.answer.clone();
        for update in &self.updates {
            (update.change)(&mut answer);
        }
        answer
    }

    /// Takes an answer from the stream, unless it is not newer. While calls are under way it is held back
    /// until they have answered or it is [released](Self::release), which the caller sees to when this
    /// is true: what a call has written would else be seen twice, as the update and in the answer.
    #[cfg(any(feature = "hydrate", test))]
    pub fn take(&mut self, revision: Revision, answer: A) -> bool {
        let newest = self.held.as_ref().map_or(&self.revision, |(held, _)| held);
        if !revision.is_newer_than(newest) {
            return false;
        }
        if self.is_under_way() {
            return self.held.replace((revision, answer)).is_none();
        }
        self.set(revision, answer);
        false
    }

    /// Shows the answer that is held back.
    pub fn release(&mut self) {
        if let Some((revision, answer)) = self.held.take() {
            self.set(revision, answer);
        }
    }

    /// Puts an update on top; returns its id.
    pub fn apply(&mut self, change: Change<A>) -> u32 {
        let id = self.next;
        self.next = id.wrapping_add(1);
        self.updates.push(Update {
            id,
            change,
            written: None,
        });
        id
    }

    /// The update has become what was written: it stays until an answer has that.
    pub fn settle(&mut self, id: u32, written: Written) {
        for update in &mut self.updates {
            if update.id == id {
                update.written = Some(written);
                break;
            }
        }
        self.drop_what_the_answer_has();
        self.release_when_settled();
    }

    /// The update has come to nothing.
    pub fn roll_back(&mut self, id: u32) {
        self.updates.retain(|update| update.id != id);
        self.release_when_settled();
    }

    fn is_under_way(&self) -> bool {
        self.updates.iter().any(|update| update.written.is_none())
    }

    fn set(&mut self, revision: Revision, answer: A) {
        self.revision = revision;
        self.answer = answer;
        self.drop_what_the_answer_has();
    }

    fn drop_what_the_answer_has(&mut self) {
        let revision = &self.revision;
        self.updates.retain(|update| {
            let written = update.written.as_ref();
            !written.is_some_and(|written| revision.has(written))
        });
    }

    fn release_when_settled(&mut self) {
        if !self.is_under_way() {
            self.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: u64) -> Revision {
        Revision(vec![("letters".to_owned(), number)])
    }

    fn shown(number: u64, letters: &str) -> Shown<String> {
        Shown::new(revision(number), letters.to_owned())
    }

    fn push(shown: &mut Shown<String>, letter: char) -> u32 {
        shown.apply(Arc::new(move |letters| letters.push(letter)))
    }

    #[test]
    fn only_a_newer_answer_replaces_the_one_before() {
        let mut shown = shown(5, "a");
        for (number, letters, after) in
            [(6, "ab", "ab"), (6, "x", "ab"), (4, "y", "ab"), (9, "", "")]
        {
            assert!(!shown.take(revision(number), letters.to_owned()));
            assert_eq!(shown.to_answer(), after);
        }
    }

    #[test]
    fn an_update_stays_until_the_answer_has_what_it_came_to() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        assert_eq!(shown.to_answer(), "ab");
        shown.settle(b, Written(revision(7)));
        assert_eq!(shown.to_answer(), "ab");
        assert!(!shown.take(revision(6), "ax".to_owned()));
        assert_eq!(shown.to_answer(), "axb");
        assert!(!shown.take(revision(7), "axb".to_owned()));
        assert_eq!(shown.to_answer(), "axb");
    }

    #[test]
    fn an_answer_that_is_faster_than_the_call_waits_for_it_so_that_nothing_is_seen_twice() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        assert!(shown.take(revision(6), "ab".to_owned()));
        assert_eq!(shown.to_answer(), "ab");
        shown.settle(b, Written(revision(6)));
        assert_eq!(shown.to_answer(), "ab");
        // The one before would bring back an old answer.
        assert!(!shown.take(revision(6), "ab".to_owned()));
        assert_eq!(shown.to_answer(), "ab");
    }

    #[test]
    fn an_answer_that_has_waited_long_enough_is_shown_whatever_is_under_way() {
        let mut shown = shown(5, "a");
        let z = push(&mut shown, 'z');
        assert!(shown.take(revision(6), "ab".to_owned()));
        assert!(
            !shown.take(revision(7), "abc".to_owned()),
            "one wait is enough"
        );
        shown.release();
        assert_eq!(shown.to_answer(), "abcz");
        shown.roll_back(z);
        assert_eq!(shown.to_answer(), "abc");
    }

    #[test]
    fn rolling_back_one_update_leaves_the_others() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        let c = push(&mut shown, 'c');
        shown.roll_back(b);
        assert_eq!(shown.to_answer(), "ac");
        assert!(shown.take(revision(6), "ax".to_owned()));
        shown.roll_back(c);
        assert_eq!(shown.to_answer(), "ax");
    }
}
